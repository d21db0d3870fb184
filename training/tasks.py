"""The work of jobs that make or measure models: the only module here that knows Django.

A job that is started again, after a kill or a cancel, comes to the same run folder and goes on in it, also on
another machine: what a run writes is sent after each epoch, and whoever goes on with it fetches that first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Evaluation, Job, ModelVersion, Run
from curation.services import folders
from curation.services.condition.shared_sheets import shared_sheets
from curation.services.condition.sheets import sound_class
from curation.services.exports.output import FULL
from curation.services.progress import Progress
from curation.services.runs.data import PICTURES, RECORDS, ready_data
from curation.services.runs.encoders import weights_of
from curation.services.runs.places import folder_of_run, name_of_run, path_of_model
from curation.services.runs.register import (
    keep_summary,
    register_encoder,
    register_evaluation,
    register_model,
)
from curation.services.runs.request import OF_SHEETS
from curation.services.runs.sample import ready_sample
from inference.errors import ModelError
from training.config import ConfigError
from training.data.description import read_description
from training.data.errors import DataError
from training.progress import Progress as TrainingProgress
from training.runs.folder import RunFolder


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. What people can put right (config, data, model, disk) ends it with the reason."""
    row = Run.objects.select_related("release__project", "parent", "started_from", "created_by").get(job=job)
    progress.result_url = reverse("run", args=[row.name])
    folders.checkout(name_of_run(row), wanted=_lasts(row))
    told = Told(progress, folders.Sender(name_of_run(row), job=job, wanted=_lasts(row)))
    try:
        result = _result(row, progress, told)
        told.send()
    finally:
        keep_summary(row)
    folders.leave(name_of_run(row))
    return result


def _lasts(row: Run) -> Callable[[str], bool]:
    """What of a run's folder other machines need: not the pixels that were cut out of sheets, nor the lists
    beside them while they are there, which are made anew."""
    folder = folder_of_run(row)

    def wanted(name: str) -> bool:
        return not name.endswith(PIXELS) and not (folder / name).with_suffix(PIXELS).exists()

    return wanted


def _result(row: Run, progress: Progress, told: Told) -> dict[str, Any]:
    try:
        data = _data(row, progress)
        return WORK[Run.Kind(row.kind)](row, data, told)
    except (ModelError, ConfigError, DataError) as error:
        raise Refused(" ".join(str(error).split())) from error
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Refused(
            _("%(folder)s cannot be written: %(problem)s. Make room there, then resume the run.")
            % {"folder": folder_of_run(row), "problem": error.strerror}
        ) from error


def _data(row: Run, progress: Progress) -> Path:
    """What the run reads: records or pictures of its release, or its sheets in full size."""
    if row.kind in OF_SHEETS or _of_sheets(row):
        return shared_sheets(row.release, f"{name_of_run(row)}.sheets", progress)
    return ready_data(row.release, progress, DATA.get(Run.Kind(row.kind), RECORDS))


def _of_sheets(row: Run) -> bool:
    """Whether an evaluation is one of a model of tiles."""
    model = row.started_from
    return row.kind == Run.Kind.EVALUATE and model is not None and model.kind == ModelVersion.Kind.TILES


class Told(TrainingProgress):
    """A job's progress as training calls it. sender: of the folder that the job writes; it is whole whenever
    anything is told."""

    def __init__(self, progress: Progress, sender: folders.Sender | None = None) -> None:
        self._progress, self._sender = progress, sender

    def begin(self, total: int | None, unit: str = "pictures", *, done: int = 0) -> None:
        self._progress.begin(total, done, unit)

    def advance(self, n: int = 1) -> None:
        self._progress.advance(n)
        self._send_soon()

    def show(self, **figures: float) -> None:
        pass  # the page reads metrics.jsonl

    def log(self, line: str) -> None:
        """Said after each epoch, among other things: what there is goes out at once."""
        self._progress.log(line)
        if self._sender is not None and (trouble := self._sender.try_to_send()):
            self._progress.log(f"Sent later: {trouble}")

    def check(self) -> None:
        self._progress.check()
        self._send_soon()

    def send(self) -> None:
        """All of it, before something else says that it is there. Raises StorageDown."""
        if self._sender is not None:
            self._sender.send()

    def _send_soon(self) -> None:
        if self._sender is not None:
            self._sender.send_soon()


def _train(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.train import run_training

    config = {**row.config, "data": str(data), "name": row.name}
    if row.started_from is not None:
        config["model"] = str(_start(row, data, progress))
    run_training(config, _at(row, config), progress=progress)
    return _made(row, progress)


def _soup(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.soup.run import run_soup

    assert row.parent is not None, "constraint run_soup_has_a_parent"
    config = {**row.config, "data": str(data), "name": row.name, "runs": [""]}
    with folders.reading(name_of_run(row.parent)) as parent:
        config["runs"] = [str(parent)]
        run_soup(config, _at(row, config), progress=progress)
    return _made(row, progress)


def _distill(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.distill import run_distillation

    assert row.started_from is not None, "checked where it was asked for"
    teacher = {"path": str(path_of_model(row.started_from))}
    config = {**row.config, "data": str(data), "name": row.name, "teacher": teacher}
    run_distillation(config, _at(row, config), progress=progress)
    return _made(row, progress)


def _evaluate(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.evaluate import run_evaluation

    assert row.started_from is not None, "constraint run_has_a_model"
    if (seen := Evaluation.objects.filter(run=row).first()) is not None:
        return _look(seen)  # what was seen then is on record, with the files that say so
    if _of_sheets(row):
        return _evaluate_sheets(row, data, progress)
    config = {**row.config, "data": str(data), "model": str(path_of_model(row.started_from))}
    report = run_evaluation(config, folder_of_run(row), progress=progress)
    progress.send()
    return _look(register_evaluation(row, row.config["split"], report))


def _look(found: Evaluation) -> dict[str, Any]:
    return {"evaluation": found.pk, "model": found.model.name, "split": found.split}


def _encode(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.representation.encoders.run import train_encoder

    config = {
        **row.config,
        "data": str(ready_sample(row.release, data)),
        "catalogue": str(data),
        "name": row.name,
        "weights": weights_of(row.config),
    }
    train_encoder(config, _at(row, config), progress=progress)
    progress.send()
    model = register_encoder(row)
    return {"model": model.name, **model.metrics}


def _evaluate_sheets(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.condition.evaluate import run_condition_evaluation

    assert row.started_from is not None, "constraint run_has_a_model"
    whole = ModelVersion.objects.get(name=row.config["sheet_model"])
    config = {
        **row.config,
        "data": str(data),
        "sound": sound_class(row.project),
        "tile_model": str(path_of_model(row.started_from)),
        "sheet_model": str(path_of_model(whole)),
    }
    report = run_condition_evaluation(config, folder_of_run(row), progress=progress)
    progress.send()
    return _look(register_evaluation(row, row.config["split"], report))


def _tiles(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.condition.train_tiles import run_tiles

    config = _sheets_config(row, data)
    run_tiles(config, _at(row, config), progress=progress)
    return _made(row, progress)


def _sheets(row: Run, data: Path, progress: Told) -> dict[str, Any]:
    from training.condition.train_sheets import run_sheets

    config = _sheets_config(row, data)
    run_sheets(config, _at(row, config), progress=progress)
    return _made(row, progress)


def _sheets_config(row: Run, data: Path) -> dict[str, Any]:
    return {**row.config, "data": str(data), "name": row.name, "sound": sound_class(row.project)}


def _at(row: Run, config: Mapping[str, Any]) -> Path:
    """The run's folder; what was begun in another place names the paths of this one."""
    folder = folder_of_run(row)
    RunFolder.rehome(folder, config)
    return folder


def _made(row: Run, progress: Told) -> dict[str, Any]:
    progress.send()
    model = register_model(row)
    return {"model": model.name, **model.metrics}


def _start(row: Run, data: Path, progress: Told) -> Path:
    """The model that a training begins with: the one chosen, or where the classes differ a new classifier
    with its encoder (and, for another size of picture only, its last layer), made once and kept beside the
    run folder."""
    assert row.started_from is not None
    classes = [one.name for one in read_description(data).classes]
    source = path_of_model(row.started_from)
    size = row.config.get("image_size")
    if row.started_from.classes == classes and size in (None, row.started_from.image_size):
        return source
    made = folder_of_run(row).with_name(f"{row.name}.start") / "start.keras"
    if not made.is_file():
        progress.log(
            f"Putting the encoder of {row.started_from} into a classifier of {len(classes)} classes."
        )
        same = row.started_from.classes == classes
        _transplant(source, made, len(classes), size, row.config.get("seed", 0), same, progress)
    return made


def _transplant(
    source: Path, made: Path, classes: int, size: int | None, seed: int, head: bool, progress: Told
) -> None:
    import dataclasses

    from inference.files import whole_file
    from training.load import load_trainable
    from training.models.architecture import options_of
    from training.models.convnext import build
    from training.transplant import transplant

    encoder = load_trainable(source)
    options = options_of(encoder)
    options = dataclasses.replace(options, classes=classes, image_size=size or options.image_size)
    into = build(options, seed=seed, name=encoder.name)
    report = transplant(encoder, into, head=head)
    fresh = f"; fresh are {', '.join(report.fresh)}" if report.fresh else ""
    progress.log(f"{len(report.taken)} layers taken{fresh}.")
    with whole_file(made) as temporary:
        into.save(temporary)


PIXELS = ".u8"  # see training.condition.tile_set, training.condition.sheet_pictures
WORK: Mapping[Run.Kind, Callable[[Run, Path, Told], dict[str, Any]]] = {
    Run.Kind.TRAIN: _train,
    Run.Kind.DISTILL: _distill,
    Run.Kind.SOUP: _soup,
    Run.Kind.EVALUATE: _evaluate,
    Run.Kind.ENCODE: _encode,
    Run.Kind.TILES: _tiles,
    Run.Kind.SHEETS: _sheets,
}
# What is not trained on records.
DATA = {Run.Kind.ENCODE: PICTURES}

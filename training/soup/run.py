"""Make a soup of checkpoints, into a run folder.

Score every member, keep those at or above a percentile, try them best first, and keep in the mean those with
which the score on a held-back set does not drop. Every score is on the disk once it is known, so that a soup
that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import whole_file
from inference.folder import as_classes
from training.config import ConfigError, Key, Schema, check
from training.data.release import ReleaseData, check_classes, open_release
from training.progress import Progress
from training.runs.data_facts import data_facts
from training.runs.folder import RunFolder
from training.soup.members import Arrays, Member, find_members
from training.soup.words import SOUP_FILE

BATCH_STATISTICS = ("moving_mean", "moving_variance")  # names of variables of batch normalisation
SCHEMA: Schema = {
    "data": Key(Path),
    "runs": Key(list, [], each=str),
    "checkpoints": Key(list, [], each=str),
    # Where the architecture is read from; absent: the first run's model, or the first file.
    "model": Key(Path, None),
    "name": Key(str, ""),
    "method": Key(str, "greedy", choices=("greedy", "uniform")),
    "percentile": Key(float, 60.0, least=0, most=100),
    "metric": Key(str, "macro_f1", choices=("macro_f1", "accuracy")),
    "split": Key(str, "validate"),
    "hold": Key(str, "validate"),
    # Another export that `hold` is a split of; absent: `data`.
    "hold_data": Key(Path, None),
    "batch": Key(int, 256, least=1),
    "batch_norm": Key(str, "refuse", choices=("refuse", "keep-first")),
    "openvino": Key(bool, True),
    "licence": Key(str, ""),
}


def run_soup(config: Mapping[str, Any], out: Path, *, progress: Progress) -> RunFolder:
    """Make the soup that the config describes; go on where ``out`` was left.

    Writes RUN/soup.json (members, scores, decisions), RUN/model and the card. Nothing is overwritten. Raises
    ConfigError, DataError or ModelError: no member is passed over silently.
    """
    settings = check(config, SCHEMA)
    members = find_members(settings["runs"], settings["checkpoints"])
    data, held = _open(settings)
    _check_runs(settings["runs"], data)
    from training.devices import prepare
    from training.soup.average import UniformMean
    from training.soup.kitchen import Kitchen

    prepare(seed=0)
    model, base = _architecture(settings, data, members)
    kept = _batch_statistics(model, settings["batch_norm"])
    splits = tuple(dict.fromkeys((settings["split"], *((settings["hold"],) if held is data else ()))))
    facts = data_facts(data, splits)
    if held is not data:
        facts["held"] = data_facts(held, [settings["hold"]])
    run = RunFolder.create(out, "soup", settings, facts)
    from training.runs.finish import finish, finished_model

    with run.locked():
        if finished_model(run):
            progress.log(f"{out}: this soup was made before; its model is {run.model_folder}")
            return run
        made = Kitchen(run, settings, data, held, model, base, progress)
        report = made.cook(members, UniformMean(kept))
        report["batch_norm"] = _told(kept, settings["batch_norm"])
        with whole_file(run.path / SOUP_FILE) as temporary:
            temporary.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        soup, metric = report["soup"], settings["metric"]
        figures = {f"{settings['split']}_{metric}": soup["score"]}
        # Figures say which split they are of, and a split of another release would pass for one of this.
        if held is data:
            figures[f"{settings['hold']}_{metric}"] = soup["held_score"]
        finish(
            run,
            model,
            metrics=figures,
            name=settings["name"],
            licence=settings["licence"],
            openvino=settings["openvino"],
        )
    return run


def _open(settings: Mapping[str, Any]) -> tuple[ReleaseData, ReleaseData]:
    """The data to score on and the data to hold against, which may be the same."""
    own = settings["hold_data"] is None
    splits = {settings["split"], settings["hold"]} if own else {settings["split"]}
    data = open_release(Path(settings["data"]), splits=sorted(splits), verify=True)
    held = data
    if not own:
        held = open_release(Path(settings["hold_data"]), splits=[settings["hold"]], verify=True)
        check_classes(data, held.classes, f"the release {held.release}")
    same = held.manifest_sha256 == data.manifest_sha256
    if settings["split"] == "test" or (settings["hold"] == "test" and same):
        raise ConfigError(
            f"split and hold must not be test, got {settings['split']} and {settings['hold']}: a soup whose "
            "members were chosen on the test split cannot be measured on it"
        )
    return data, held


def _check_runs(runs: list[str], data: ReleaseData) -> None:
    """DataError where a run's outputs are other classes than those of the data, or in another order."""
    for one in runs:
        facts = RunFolder.open(Path(one)).data
        if facts is not None:
            check_classes(data, as_classes(facts["classes"]), f"the run {one}")


def _architecture(
    settings: Mapping[str, Any], data: ReleaseData, members: list[Member]
) -> tuple[Any, Arrays]:
    """The network that weights are put into, and its variables."""
    from training.load import load_trainable, model_folder_at
    from training.runs.weights import named_values

    path = settings["model"] or members[0].run or members[0].path
    folder = model_folder_at(Path(path))
    if folder is not None:
        check_classes(data, folder.classes, f"the model {path}")
    model = load_trainable(Path(path))
    if model.output_shape[-1] != len(data.classes):
        raise ModelError(
            f"{path} must have {len(data.classes)} outputs, one for each class of {data.release}, "
            f"got {model.output_shape[-1]}"
        )
    return model, named_values(model.variables)


def _batch_statistics(model: Any, batch_norm: str) -> list[int]:
    """Places of the statistics of batches among the variables. Raises ModelError where these are refused.

    They describe what the weights of one member make of pictures; the mean of several is of no network.
    """
    places = [
        place for place, one in enumerate(model.variables) if one.path.rpartition("/")[2] in BATCH_STATISTICS
    ]
    if places and batch_norm == "refuse":
        raise ModelError(
            f"{len(places)} variables are statistics of batches ({model.variables[places[0]].path} is the "
            "first). They do not fit weights that are a mean, so a soup of such a model is refused; with "
            'batch_norm = "keep-first" they are those of the first member, and the soup may be worse for it'
        )
    return places


def _told(kept: list[int], batch_norm: str) -> str:
    if not kept:
        return "irrelevant: this model keeps no statistics of batches"
    return f"{batch_norm}: {len(kept)} statistics of batches are those of the first member accepted"

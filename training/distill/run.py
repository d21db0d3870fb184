"""Distil a teacher into a student, into a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError
from inference.files import whole_file
from inference.folder import ModelClass
from training.config import ConfigError
from training.data.release import ReleaseData, examples, open_release
from training.distill.config import resolve
from training.distill.lesson import STAGE, check_parts, fit_student, in_precision
from training.distill.outputs import outputs_of
from training.distill.report import figures, write_report
from training.distill.student import given_student, image_size, student
from training.progress import Progress
from training.runs.data_facts import data_facts
from training.runs.finish import finish, finished_model
from training.runs.folder import RunFolder

if TYPE_CHECKING:
    from training.distill.objective import Distillation
    from training.teachers import Teacher, TeacherState

TEACHER_FILE = "teacher.json"


def run_distillation(config: Mapping[str, Any], out: Path, *, progress: Progress) -> RunFolder:
    """Teach a student as the config says, into a run folder; go on where the folder was left.

    config: see training.distill.config. The student has the outputs of the teacher, whatever the classes of
    the data are. The run folder ends with model, card, metrics of each epoch and reports (see
    training.distill.report). Raises ConfigError, DataError or ModelError before anything is written where
    config, data, teacher and student do not fit together, and ModelError where a weight of the teacher moved.
    """
    settings = resolve(config)
    splits = (settings["train_split"], settings["validation_split"])
    data = open_release(Path(settings["data"]), splits=splits, verify=True)
    from training.devices import prepare

    strategy = prepare(
        seed=settings["seed"], deterministic=settings["deterministic"], mirrored=settings["mirrored"]
    )
    from training.teachers import load_teacher

    teacher = load_teacher(settings["teacher"])
    settings["teacher_sha256"] = teacher.sha256
    given = given_student(settings)
    size = image_size(settings, data, given)
    probe = _probe(settings, data, size)
    outputs, labelled = outputs_of(
        teacher.name, teacher.check(probe), teacher.classes, settings["teacher"].get("classes"), data
    )
    objective = _objective(settings, teacher, labelled)
    model = student(settings, given, size, teacher.name, outputs)
    check_parts(settings, model)
    facts = data_facts(data, splits, licences_of=splits[0])
    # What everything that reads a run takes for the classes of its model.
    facts["classes"] = [
        {key: value for key, value in asdict(one).items() if value is not None} for one in outputs
    ]
    run = RunFolder.create(out, "distill", settings, facts)
    with run.locked():
        if finished_model(run):
            progress.log(f"{out}: this run has ended before; its model is {run.model_folder}")
            return run
        from training.teachers import check_unmoved, state_of

        before = state_of(teacher, probe)
        _remember(run, teacher, before)
        objective.guard = lambda: check_unmoved(teacher.name, before, state_of(teacher, probe))
        progress.log(
            f"teacher {teacher.name} ({teacher.kind}, {teacher.outputs} outputs) -> student of "
            f"{model.count_params():,} parameters"
        )
        with strategy.scope():
            trained = in_precision(model, settings, strategy)
        from training.data.damage import named_damage

        with named_damage(data, settings["train_split"], settings["validation_split"]):
            result = fit_student(run, data, trained, objective, settings, strategy, progress)
        after = state_of(teacher, probe)
        difference = check_unmoved(teacher.name, before, after)
        from training.runs.weights import load_weights_into

        load_weights_into(model, run.checkpoint_path(STAGE, result.best_epoch))
        _report(
            run,
            data,
            model,
            objective,
            outputs,
            {
                **{key: settings[key] for key in ("temperature", "temperature_squared", "alpha")},
                "teacher": {
                    **_facts_of(teacher),
                    "before": before.as_json(),
                    "after": after.as_json(),
                    "largest_change_of_an_answer": difference,
                },
                "best_epoch": result.best_epoch,
                "epochs": result.epochs,
            },
        )
        finish(
            run,
            model,
            metrics=_figures(run, result.best_epoch, settings["validation_split"]),
            name=settings["name"],
            licence=settings["licence"],
            openvino=settings["openvino"],
        )
    return run


def _probe(settings: Mapping[str, Any], data: ReleaseData, size: int) -> Any:
    """The first validation pictures, as the student sees them: what the teacher is checked on."""
    from training.data.batches import evaluation_batches

    split, batch = settings["validation_split"], settings["batch"]
    pictures, _categories = next(iter(evaluation_batches(data, split, image_size=size, batch=batch)))
    return pictures


def _objective(settings: Mapping[str, Any], teacher: Teacher, labelled: bool) -> Distillation:
    from training.distill.objective import Distillation

    try:
        return Distillation(
            teacher,
            temperature=settings["temperature"],
            squared=settings["temperature_squared"],
            alpha=settings["alpha"],
            labelled=labelled,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _facts_of(teacher: Teacher) -> dict[str, Any]:
    return {
        "name": teacher.name,
        "kind": teacher.kind,
        "sha256": teacher.sha256,
        "outputs": teacher.outputs,
        "preparation": asdict(teacher.preparation),
    }


def _remember(run: RunFolder, teacher: Teacher, before: TeacherState) -> None:
    """Write down what the teacher is, or, where the run goes on, check that it is still that.

    The files of a function's network are out of sight, so for it only its answers can tell.
    """
    path = run.path / TEACHER_FILE
    told = json.loads(json.dumps({**_facts_of(teacher), **before.as_json()}))
    if not path.exists():
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    if found["weights_sha256"] != told["weights_sha256"]:
        raise ModelError(
            f"teacher {teacher.name} must have the weights that the run was begun with, SHA-256 "
            f"{found['weights_sha256']}; got {told['weights_sha256']}"
        )


def _report(
    run: RunFolder,
    data: ReleaseData,
    model: Any,
    objective: Distillation,
    outputs: tuple[ModelClass, ...],
    facts: Mapping[str, Any],
) -> None:
    from training.data.batches import evaluation_batches

    split, batch = run.config["validation_split"], run.config["batch"]
    answers = objective.answers(
        model, evaluation_batches(data, split, image_size=model.input_shape[1], batch=batch)
    )
    report = {**facts, "split": split, **figures(answers, data, labelled=objective.labelled)}
    pictures = examples(data, split)
    write_report(run.path, report, answers, pictures, data, outputs, labelled=objective.labelled)


def _figures(run: RunFolder, epoch: int, split: str) -> dict[str, float]:
    """What was measured at that epoch on the validation split, by names that say so."""
    line = next(line for line in run.metrics() if line["epoch"] == epoch)
    return {
        f"{split}_{name.removeprefix('val_')}": value
        for name, value in line.items()
        if name.startswith("val_") and value is not None
    }

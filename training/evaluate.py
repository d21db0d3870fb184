"""Evaluate a model on a split of an exported release: figures, intervals, tables, plots, and how many looks.

Importing this needs no TensorFlow.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.config import Key, check
from training.data.description import RELEASE_FILE
from training.data.errors import DataError
from training.data.release import ReleaseData, open_release
from training.evaluators import EVALUATORS
from training.evaluators.calibration import METHODS
from training.evaluators.coverage import COVERAGES
from training.evaluators.scored import Scored
from training.looks import ledger, look
from training.progress import Progress, Silent
from training.reports import write_report
from training.reports.read import FORMAT, VERSION
from training.score import BATCH, open_subject, score

__all__ = ["FORMAT", "SCHEMA", "VERSION", "evaluate", "headline", "run_evaluation", "score"]

SCHEMA: Mapping[str, Key] = {
    "model": Key(Path),
    "data": Key(Path),
    "split": Key(str, "test"),
    "batch": Key(int, BATCH, least=1),
    "backend": Key(str, None, choices=("openvino", "keras")),
    "purpose": Key(str, "evaluation"),
    "penalty": Key(bool, True),
    "verify": Key(bool, True),
    "smoothing": Key(float, 0.1, least=0, most=0.999),
    "bins": Key(int, 15, least=1),
    "bin_method": Key(str, METHODS[0], choices=METHODS),
    "target": Key(float, 0.99, above=0, most=1),
    "coverages": Key(list, list(COVERAGES), each=float, least=1),
    "level": Key(float, 0.95, above=0, most=0.9999),
    "resamples": Key(int, 1000, least=1),
    "stratified": Key(bool, False),
    "seed": Key(int, 0, least=0),
}

# Which options each evaluator takes, and what it calls them.
_TAKES: Mapping[str, Mapping[str, str]] = {
    "classification": {"smoothing": "smoothing"},
    "aucpr": {},
    "calibration": {"bins": "bins", "bin_method": "method"},
    "coverage": {"target": "target", "coverages": "coverages"},
    "groups": {"level": "level"},
    "bootstrap": {
        **{"resamples": "resamples", "stratified": "stratified", "level": "level", "seed": "seed"},
        "smoothing": "smoothing",
    },
}
_OPTIONS = {own for each in _TAKES.values() for own in each}


def run_evaluation(
    config: Mapping[str, Any], out: Path, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Evaluate as the config says (``SCHEMA``) and write the report into the folder ``out``.

    Writes evaluation.json, evaluation.tsv, more tables, plots as SVG, and README.md; files of an earlier
    report are replaced. A look at a test split is written down (training.looks) before any figure is made.
    Returns what evaluation.json holds. Raises ConfigError, ModelError, DataError.
    """
    told = check(config, SCHEMA)
    progress = progress or Silent()
    began = time.monotonic()
    data = open_release(Path(told["data"]), splits=[told["split"]], verify=told["verify"])
    try:
        ledger(data.manifest_sha256)
    except ValueError as error:
        raise DataError(f"{data.folder / RELEASE_FILE}: {error}") from error
    subject = open_subject(Path(told["model"]), data, batch=told["batch"], backend=told["backend"])
    scored = score(subject, data, told["split"], batch=told["batch"], progress=progress)
    seen = look(
        data.manifest_sha256,
        told["split"],
        model=subject.sha256,
        weights=subject.weights,
        name=subject.name,
        purpose=told["purpose"],
    )
    found = evaluate(scored, told)
    penalty = subject.penalty() if told["penalty"] else None
    report = {
        "format": FORMAT,
        "version": VERSION,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": subject.facts(),
        "data": _facts_of(data, told["split"]),
        "looks": None if seen is None else {"look": seen.looks, "models": seen.models, "text": str(seen)},
        "headline": headline(found, penalty),
        "evaluators": found,
        "config": {key: value for key, value in told.items() if key not in ("model", "data")},
    }
    report["seconds"] = round(time.monotonic() - began, 1)
    json.dumps(report, allow_nan=False)  # fails here and not in whoever reads it
    write_report(report, scored, out)
    if not subject.classes_checked:
        progress.log(
            f"{subject.path} does not say which class each of its outputs is; they were taken to be in the "
            "order of the release"
        )
    return report


def evaluate(scored: Scored, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What every evaluator says of the scored pictures, by its name. options: keys of ``SCHEMA``."""
    wanted = {key: SCHEMA[key].default for key in _OPTIONS} | {
        key: value for key, value in (options or {}).items() if key in _OPTIONS
    }
    return {
        name: run(scored, **{key: wanted[own] for own, key in _TAKES[name].items()})
        for name, run in EVALUATORS.items()
    }


def headline(found: Mapping[str, Any], penalty: float | None = None) -> dict[str, Any]:
    """The figures that are published first, each with its interval where it has one.

    penalty: weight penalties of the model; Keras' evaluate, and so the published loss, has them in the loss.
    aucpr_sigmoid: as published; see training.evaluators.aucpr.
    """
    scores, spans, area = found["classification"], found["bootstrap"], found["aucpr"]
    figures: dict[str, Any] = {"loss": {"value": scores["loss"], "interval": spans["loss"]}}
    if penalty is not None:
        low, high = spans["loss"]
        figures["loss_with_penalty"] = {
            "value": scores["loss"] + penalty,
            "interval": [low + penalty, high + penalty],
        }
    figures["accuracy"] = {"value": scores["accuracy"], "interval": spans["accuracy"]}
    for kind in ("softmax", "sigmoid"):
        figures[f"aucpr_{kind}"] = {"value": area[kind], "interval": spans[f"aucpr_{kind}"]}
    figures["macro_f1"] = {"value": scores["macro_f1"], "interval": spans["macro_f1"]}
    if scores["macro_f1_present"] != scores["macro_f1"]:
        figures["macro_f1_present"] = {
            "value": scores["macro_f1_present"],
            "interval": spans["macro_f1_present"],
        }
    return figures


def _facts_of(data: ReleaseData, split: str) -> dict[str, Any]:
    facts = json.loads((data.folder / RELEASE_FILE).read_text(encoding="utf-8"))
    return {
        "folder": str(data.folder),
        "format": data.format,
        "release": data.release,
        "manifest_sha256": data.manifest_sha256,
        "split": split,
        "pictures": data.size(split),
        # Releases that hold a source out say which: their test split is all there is of it.
        "test_sources": list(facts.get("test_sources") or []),
        "licences": facts.get("licences"),
    }

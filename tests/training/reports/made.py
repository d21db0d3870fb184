"""Reports as evaluations write them, without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.evaluate import evaluate, headline
from training.evaluators import Scored
from training.reports import write_report
from training.reports.read import FORMAT, VERSION

CLASSES = ("Kind 0", "Kind 1", "Kind 2")


def of_predictions(labels: Sequence[int], predictions: Sequence[int], **more: Any) -> Scored:
    n = len(labels)
    logits = np.zeros((n, len(CLASSES)), np.float32)
    logits[np.arange(n), list(predictions)] = np.linspace(2, 6, n)
    facts = {
        "classes": CLASSES,
        "ids": tuple(f"p{place}" for place in range(n)),
        "sources": tuple("AB"[place % 2] for place in range(n)),
        "licences": ("CC0-1.0",) * n,
        **more,
    }
    return Scored(logits, np.array(labels, np.int64), **facts)


def report_of(scored: Scored, **data: Any) -> dict[str, Any]:
    found = evaluate(scored, {"resamples": 50})
    return {
        "format": FORMAT,
        "version": VERSION,
        "time": "2026-11-28T12:00:00+00:00",
        "model": {
            "path": "model",
            "name": "net",
            "sha256": "c" * 64,
            "weights_sha256": "d" * 64,
            "engine": "openvino",
            "image_size": 32,
            "classes_checked": True,
            "training_release": None,
        },
        "data": {
            "folder": "export",
            "format": "tfrecord",
            "release": "drawn",
            "manifest_sha256": "a" * 64,
            "split": "test",
            "pictures": len(scored.labels),
            "test_sources": [],
            "licences": None,
            **data,
        },
        "looks": {"look": 2, "models": 1, "text": "look 2 of this test split; 1 different model"},
        "headline": headline(found, 0.25),
        "evaluators": found,
        "config": {},
        "seconds": 0.1,
    }


def written(folder: Path, scored: Scored, *, name: str = "net", **data: Any) -> Path:
    report = report_of(scored, **data)
    report["model"]["name"] = name
    write_report(report, scored, folder)
    assert json.loads((folder / "evaluation.json").read_text()) == report
    return folder

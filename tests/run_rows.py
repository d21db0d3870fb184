"""What training leaves behind, made without any: metrics, a run folder, the report of an evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CLASSES = ["Class A", "Class B", "Class C"]


def metrics(epochs: int, stages: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage,
            "epoch": epoch,
            "step": epoch * 10,
            "seconds": 2.0,
            "learning_rate": 0.001 / stage,
            "train_loss": 2 / (epoch + stage),
            "val_loss": 2.2 / (epoch + stage),
            "val_accuracy": 1 - 1 / (epoch + stage),
            "val_macro_f1": 1 - 1.1 / (epoch + stage),
        }
        for stage in range(1, stages + 1)
        for epoch in range(1, epochs + 1)
    ]


def write_folder(folder: Path, lines: list[dict[str, Any]]) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "state").mkdir()
    (folder / "config.json").write_text(
        json.dumps({"format": "vasculum-run", "version": 1, "kind": "train", "config": {"epochs": 4}})
    )
    (folder / "environment.json").write_text(
        json.dumps({"revision": "abc", "packages": {"keras": "3"}, "platform": "Linux", "devices": ["CPU"]})
    )
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "state" / "secret.npz").write_bytes(b"x")
    (folder / "README.md").write_text(
        "# A card\n\nWith `code` and a table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    for line in lines:
        (folder / "checkpoints" / f"{line['stage']:02d}-{line['epoch']:04d}.npz").write_bytes(b"weights")


def report(classes: list[str] = CLASSES) -> dict[str, Any]:
    """What evaluators say of a split in which all but one picture was right."""
    n = len(classes)
    confusion = [[4 if row == column else 0 for column in range(n)] for row in range(n)]
    if n > 1:
        confusion[0][0], confusion[0][1] = 3, 1
    return {
        "classification": {
            "pictures": 4 * n,
            "loss": 0.4321,
            "accuracy": 0.9167,
            "macro_f1": 0.9143,
            "per_class": [
                {"class": name, "precision": 1.0, "recall": 0.75, "f1": 0.857, "support": 4}
                for name in classes
            ],
            "confusion": confusion,
        },
        "aucpr": {"softmax": 0.97, "sigmoid": 0.96},
        "calibration": {
            "ece": 0.031,
            "reliability": [
                {"low": 0.4, "high": 0.5, "pictures": 3, "confidence": 0.45, "accuracy": 0.4},
                {"low": 0.9, "high": 1.0, "pictures": 9, "confidence": 0.95, "accuracy": 1.0},
            ],
        },
        "coverage": {
            "target": 0.99,
            "at_target": {"coverage": 0.75, "pictures": 9, "confidence": 0.9, "accuracy": 1.0},
            "curve": [
                {"coverage": c, "pictures": int(12 * c), "confidence": 1 - c / 2, "accuracy": 1 - c / 12,
                 "macro_f1": 1 - c / 11}
                for c in (1.0, 0.75, 0.5, 0.25)
            ],
        },
        "groups": {
            "sources": [{"source": "S0", "pictures": 6, "classes": 3, "accuracy": 1.0, "low": 0.6,
                         "high": 1.0, "macro_f1": 1.0}],
            "licences": [{"licence": "CC0-1.0", "pictures": 6, "classes": 3, "accuracy": 1.0, "low": 0.6,
                          "high": 1.0, "macro_f1": 1.0}],
        },
        "bootstrap": {
            "level": 0.95,
            "macro_f1": [0.8, 0.99],
            "accuracy": [0.81, 0.99],
            "f1_per_class": [{"class": name, "interval": [0.7, 0.95]} for name in classes],
        },
    }  # fmt: skip

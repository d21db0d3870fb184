"""The numbers of an evaluation of sheets, JSON-ready: shares from 0 to 1, None for what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.condition.judged import Floats, Judged, Rule, auc
from training.condition.split import age_band
from training.evaluators.classification import classification
from training.evaluators.coverage import coverage
from training.evaluators.groups import groups, wilson
from training.evaluators.scored import Scored

BINS = 20
BITS = np.linspace(0, 8, 33)


def model_figures(judged: Judged, scored: Scored, soundness: Floats, sound: Floats) -> dict[str, Any]:
    """Of one model. soundness: (N,) what it ranks sheets by; sound: (N,) the P(sound) that is shown."""
    found = classification(scored)
    right, sheets = int(scored.right.sum()), len(scored.labels)
    return {
        "sheets": sheets,
        "accuracy": found["accuracy"],
        "interval": list(wilson(right, sheets)),
        "macro_f1": found["macro_f1"],
        # Of a class, its recall is the share of its sheets that are right.
        "classes": [
            {"class": one["class"], "accuracy": one["recall"], "precision": one["precision"], "f1": one["f1"],
             "sheets": one["support"]}
            for one in found["per_class"]
        ],
        "auc": auc(soundness, judged.sound),
        "confusion": found["confusion"],
        "coverage": coverage(scored),
        "histogram": histogram(sound, judged.labels, judged.classes, np.linspace(0, 1, BINS + 1)),
        "sources": by(scored, "source", [one.source for one in judged.sheets]),
        "ages": by(scored, "age", [_age(one.year) for one in judged.sheets]),
        "look_alikes": by(scored, "shows", [one.look_alike or one.label for one in judged.sheets]),
    }  # fmt: skip


def score_figures(judged: Judged, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """Each score of sheets with the threshold that the validation sheets gave it."""
    table = []
    for score in rules:
        found, threshold = judged.soundness(score), rules[score].threshold
        said = found >= threshold
        table.append(
            {
                "score": score,
                "threshold": threshold,
                "accuracy": float((said == judged.sound).mean()),
                "sound_right": _mean(said[judged.sound]),
                "condition_found": _mean(~said[~judged.sound]),
                "auc": auc(found, judged.sound),
            }
        )
    return table


def tile_figures(
    sound: Floats, conditions: NDArray[np.int64], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Of tiles whose class is known. sound: (n,) P(sound); conditions: (n,) the class said; labels: (n,)."""
    if not len(labels):
        return {"tiles": 0, "accuracy": None, "auc": None, "classes": []}
    return {
        "tiles": len(labels),
        "accuracy": float((conditions == labels).mean()),
        "auc": auc(sound, labels == 0),
        "classes": [
            {
                "class": name,
                "accuracy": _mean((conditions == labels)[labels == number]),
                "tiles": int((labels == number).sum()),
            }
            for number, name in enumerate(classes)
        ],
    }


def histogram(
    values: Floats, labels: NDArray[np.int64], classes: Sequence[str], edges: NDArray[np.float64]
) -> dict[str, Any]:
    """How many values of each class lie between the edges; the last stretch holds its upper edge, too."""
    return {
        "edges": edges.tolist(),
        "counts": {
            name: np.histogram(values[labels == number], edges)[0].tolist()
            for number, name in enumerate(classes)
        },
        "means": {name: _mean(values[labels == number]) for number, name in enumerate(classes)},
    }


def by(scored: Scored, what: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Accuracy of the sheets of each name, with its interval."""
    return [
        {
            what: row["source"],
            "sheets": row["pictures"],
            "accuracy": row["accuracy"],
            "low": row["low"],
            "high": row["high"],
        }
        for row in groups(replace(scored, sources=tuple(names)))["sources"]
    ]


def misclassified(judged: Judged, found: Mapping[str, Scored]) -> list[dict[str, Any]]:
    """Sheets that one of the models has wrong, the worst first: by the largest 1 - P(its own class)."""
    rows = []
    for place, sheet in enumerate(judged.sheets):
        wrong = {name: scored for name, scored in found.items() if not scored.right[place]}
        if not wrong:
            continue
        own = {name: float(one.probabilities[place, one.labels[place]]) for name, one in found.items()}
        rows.append(
            {
                "id": sheet.id,
                "file": sheet.file,
                "label": sheet.label,
                "look_alike": sheet.look_alike,
                "source": sheet.source,
                **{
                    name: {
                        "prediction": scored.classes[scored.predictions[place]],
                        "right": bool(scored.right[place]),
                        "own": own[name],
                    }
                    for name, scored in found.items()
                },
                "wrong": max(1 - own[name] for name in wrong),
            }
        )
    return sorted(rows, key=lambda row: (-row["wrong"], row["id"]))


def _age(year: int | None) -> str:
    return f"from {age_band(year)}" if year is not None else ""


def _mean(values: Any) -> float | None:
    return float(np.mean(values)) if len(values) else None

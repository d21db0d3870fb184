"""Two models on the same pictures: which is better, and whether that could be chance.

McNemar's exact test (McNemar 1947, https://doi.org/10.1007/BF02295996) on the pictures that one of them has
right and the other wrong, and a paired bootstrap of the differences. Both read what evaluations wrote, so
comparing is no further look at a test split.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from training.evaluators.bootstrap import check_options, draws, interval
from training.metrics import accuracy, macro_f1
from training.reports.markdown import share
from training.reports.read import ReportError, find_report, read_report
from training.reports.tables import PREDICTIONS_FILE


def compare(
    one: Path,
    other: Path,
    *,
    resamples: int = 1000,
    seed: int = 0,
    stratified: bool = False,
    level: float = 0.95,
) -> dict[str, Any]:
    """The second report beside the first; differences are second minus first.

    one, other: reports or their folders, of the same split of the same release. Raises ReportError.
    """
    check_options("compare", resamples, level)
    names, labels, first, second = _paired(one, other)
    right, other_right = first == labels, second == labels
    only_first, only_second = int((right & ~other_right).sum()), int((~right & other_right).sum())
    discordant = only_first + only_second
    p = binomtest(only_first, discordant).pvalue if discordant else 1.0
    cells = [labels * len(names) + predictions for predictions in (first, second)]
    matrices = np.empty((2, resamples, len(names), len(names)))
    for done, drawn in enumerate(draws(labels, resamples, seed, stratified)):
        for place in (0, 1):
            counts = np.bincount(cells[place][drawn], minlength=len(names) ** 2)
            matrices[place, done] = counts.reshape(len(names), len(names))
    whole = [np.bincount(each, minlength=len(names) ** 2).reshape(len(names), len(names)) for each in cells]
    reports = [read_report(path) for path in (one, other)]
    return {
        "models": [report["model"]["name"] for report in reports],
        "release": reports[0]["data"]["release"],
        "split": reports[0]["data"]["split"],
        "pictures": len(labels),
        "agreement": float((first == second).mean()),
        "mcnemar": {"only_first_right": only_first, "only_second_right": only_second, "p": float(p)},
        "level": level,
        "resamples": resamples,
        "seed": seed,
        **{
            name: {
                "first": float(score(whole[0])),
                "second": float(score(whole[1])),
                "difference": float(score(whole[1]) - score(whole[0])),
                "interval": interval(score(matrices[1]) - score(matrices[0]), level),
            }
            for name, score in (("accuracy", accuracy), ("macro_f1", macro_f1))
        },
    }


def compare_lines(found: Mapping[str, Any]) -> list[str]:
    """The same in words."""
    first, second = found["models"]
    test = found["mcnemar"]
    lines = [
        f"{second} against {first} on {found['pictures']:,} pictures of {found['release']}, "
        f"{found['split']}; they agree on {share(found['agreement'])}"
    ]
    for name, words in (("accuracy", "accuracy"), ("macro_f1", "macro F1")):
        one = found[name]
        low, high = (share(end, sign=True) for end in one["interval"])
        lines.append(
            f"{words}: {share(one['first'])} to {share(one['second'])}, "
            f"difference {share(one['difference'], sign=True)} ({low} to {high})"
        )
    lines.append(
        f"only {first} right: {test['only_first_right']}, only {second} right: {test['only_second_right']}; "
        f"McNemar's exact test p = {test['p']:.4g}"
    )
    return lines


def _paired(one: Path, other: Path) -> tuple[list[str], Any, Any, Any]:
    """Class names, labels and both models' predictions of the same pictures in the same order."""
    reports = [read_report(path) for path in (one, other)]
    for key in ("manifest_sha256", "split"):
        expected, got = (report["data"][key] for report in reports)
        if expected != got:
            raise ReportError(f"{other}: {key} must be that of {one}, {expected!r}, got {got!r}")
    names = [row["class"] for row in reports[0]["evaluators"]["classification"]["per_class"]]
    places = {name: place for place, name in enumerate(names)}
    tables = [_predictions(find_report(path).with_name(PREDICTIONS_FILE), places) for path in (one, other)]
    if sorted(tables[0]) != sorted(tables[1]):
        raise ReportError(f"{other}: pictures must be those of {one}; some are not in both")
    ids = sorted(tables[0])
    labels = np.array([tables[0][key][0] for key in ids])
    return (
        names,
        labels,
        np.array([tables[0][key][1] for key in ids]),
        np.array([tables[1][key][1] for key in ids]),
    )


def _predictions(path: Path, places: Mapping[str, int]) -> dict[tuple[str, int], Sequence[int]]:
    """Label and prediction by picture; one that comes twice in a split is told apart by which it is."""
    found: dict[tuple[str, int], Sequence[int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t"):
                turn = 0
                while (row["id"], turn) in found:
                    turn += 1
                found[row["id"], turn] = (places[row["category"]], places[row["prediction"]])
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ReportError(f"{path}: a column or class is missing: {error.args[0]!r}") from error
    return found

"""Leave one source out: what models reach on sources that they have not seen, in one table.

Each report is of a model that was trained on a release without a source and tested on all there is of it
(``test_sources`` in release.json). One report of an ordinary test split is what they are held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.evaluators.groups import wilson
from training.reports.markdown import share, table
from training.reports.read import ReportError, read_report
from training.reports.tables import of_rows


def one_out(paths: Sequence[Path]) -> dict[str, Any]:
    """The table of those reports, JSON-ready: a row a held-out source, their mean, and the reference.

    macro_f1 is over the classes that the source has pictures of; its difference is to the mean F1 of the same
    classes in the reference, and so what the source alone costs. Without a reference differences are None.
    Raises ReportError for reports that do not go together.
    """
    reports = [(path, read_report(path)) for path in paths]
    for path, report in reports:
        if report["data"]["split"] != "test":
            raise ReportError(f"{path}: the split must be 'test', got {report['data']['split']!r}")
    held_out = [one for one in reports if one[1]["data"]["test_sources"]]
    others = [one for one in reports if not one[1]["data"]["test_sources"]]
    if not held_out:
        raise ReportError("none of the reports is of a release that holds out sources (test_sources)")
    if len(others) > 1:
        raise ReportError(
            f"one report may be of an ordinary test split, got {', '.join(str(path) for path, _ in others)}"
        )
    _check_same_classes(reports)
    reference = others[0][1] if others else None
    rows = sorted((_row(report, reference) for _, report in held_out), key=lambda row: row["held_out"])
    names = [row["held_out"] for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise ReportError(f"each source may be held out once, got {name} {names.count(name)} times")
    return {
        "rows": rows,
        "mean": {
            key: _mean(row[key] for row in rows)
            for key in ("accuracy", "macro_f1", "accuracy_difference", "macro_f1_difference")
        },
        "reference": reference and {**_figures(reference), "release": reference["data"]["release"]},
    }


def _row(report: Mapping[str, Any], reference: Mapping[str, Any] | None) -> dict[str, Any]:
    figures = _figures(report)
    row = {
        "held_out": "+".join(sorted(report["data"]["test_sources"])),
        "release": report["data"]["release"],
        "model": report["model"]["name"],
        **figures,
        "accuracy_difference": None,
        "macro_f1_difference": None,
    }
    if reference:
        present = {one["class"] for one in _classes(report) if one["support"]}
        same = [one["f1"] for one in _classes(reference) if one["class"] in present]
        row["accuracy_difference"] = figures["accuracy"] - _figures(reference)["accuracy"]
        row["macro_f1_difference"] = figures["macro_f1"] - sum(same) / len(same)
    return row


def _figures(report: Mapping[str, Any]) -> dict[str, Any]:
    scores, spans = report["evaluators"]["classification"], report["evaluators"]["bootstrap"]
    matrix = scores["confusion"]
    right = sum(row[place] for place, row in enumerate(matrix))
    low, high = wilson(right, scores["pictures"], spans["level"])
    return {
        "pictures": scores["pictures"],
        "classes": sum(one["support"] > 0 for one in scores["per_class"]),
        "accuracy": scores["accuracy"],
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": scores["macro_f1_present"],
        "macro_f1_low": spans["macro_f1_present"][0],
        "macro_f1_high": spans["macro_f1_present"][1],
    }


def _classes(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = report["evaluators"]["classification"]["per_class"]
    return rows


def _check_same_classes(reports: Sequence[tuple[Path, Mapping[str, Any]]]) -> None:
    first_path, first = reports[0]
    expected = [one["class"] for one in _classes(first)]
    for path, report in reports[1:]:
        found = [one["class"] for one in _classes(report)]
        if found != expected:
            raise ReportError(f"{path}: classes must be those of {first_path}, {expected!r}, got {found!r}")


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def one_out_tsv(found: Mapping[str, Any]) -> str:
    return of_rows(found["rows"])


def one_out_markdown(found: Mapping[str, Any]) -> str:
    rows = [_cells(row["held_out"], row) for row in found["rows"]]
    mean = found["mean"]
    rows.append(
        [
            *("Mean", "", "", share(mean["accuracy"]), "", share(mean["macro_f1"]), ""),
            *(share(mean[f"{key}_difference"], sign=True) for key in ("accuracy", "macro_f1")),
        ]
    )
    if found["reference"]:
        rows.append(_cells(f"(none: {found['reference']['release']})", found["reference"]))
    names = ["Held out", "Pictures", "Classes", "Accuracy", "interval", "Macro F1", "interval"]
    lines = table([*names, "Accuracy, difference", "Macro F1, difference"], rows)
    said = (
        "Macro F1 is over the classes that a source has pictures of; differences are to the ordinary test "
        "split, for macro F1 over the same classes. The mean is over sources, not pictures."
    )
    return "\n".join(["# Leave one source out", "", *lines, "", said]) + "\n"


def _cells(name: str, row: Mapping[str, Any]) -> list[str]:
    return [
        name,
        f"{row['pictures']:,}",
        str(row["classes"]),
        share(row["accuracy"]),
        f"{share(row['accuracy_low'])} to {share(row['accuracy_high'])}",
        share(row["macro_f1"]),
        f"{share(row['macro_f1_low'])} to {share(row['macro_f1_high'])}",
        share(row.get("accuracy_difference"), sign=True),
        share(row.get("macro_f1_difference"), sign=True),
    ]

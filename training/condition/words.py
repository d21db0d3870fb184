"""An evaluation of sheets in words and tables, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.reports.markdown import share, table

SCORES = {
    "mean": "mean P(sound)",
    "share": "share of tiles with a condition",
    "maximum": "worst tile",
    "whole": "P(sound) of the whole sheet",
}
NOTE = (
    "A model finds what looks like the sheets that people have marked. It is an aid for looking through a "
    "collection, not a measurement: a sheet that is not flagged may be contaminated."
)


def summary_of(report: Mapping[str, Any], pictures: Sequence[str] = ()) -> str:
    data, tiles, whole = report["data"], report["tiles"], report["whole"]
    lines = [
        f"# Sheet condition: {data['name']}, {data['split']}",
        "",
        f"{tiles['sheets']:,} sheets of {', '.join(data['classes'])}; {report['time']}. {looks_line(report)}",
        "",
        NOTE,
        "",
        *table(
            ["", "Tile model", "Whole sheets"],
            [
                ["Accuracy", share(tiles["accuracy"]), share(whole["accuracy"])],
                ["95% interval", _span(tiles), _span(whole)],
                *(
                    [f"Accuracy, {one['class']}", share(one["accuracy"]), share(other["accuracy"])]
                    for one, other in zip(tiles["classes"], whole["classes"], strict=True)
                ),
                ["AUC", _figure(tiles["auc"]), _figure(whole["auc"])],
                ["Macro F1", share(tiles["macro_f1"]), share(whole["macro_f1"])],
            ],
        ),
        "",
        rule_line(report),
        "",
        *table(
            ["Score of a sheet", "Threshold", "Accuracy", "Sound right", "Condition found", "AUC"],
            (
                [
                    SCORES[one["score"]],
                    f"{one['threshold']:.3f}",
                    share(one["accuracy"]),
                    share(one["sound_right"]),
                    share(one["condition_found"]),
                    _figure(one["auc"]),
                ]
                for one in report["scores"]
            ),
        ),
        "",
        *tiles_lines(report),
        "",
    ]
    for title, part, key in (
        ("Look-alikes", "look_alikes", "shows"),
        ("Sources", "sources", "source"),
        ("Age", "ages", "age"),
    ):
        lines += [f"## {title}", "", *_both(report, part, key), ""]
    lines += ["## Misclassified sheets, the worst first", ""]
    if report["misclassified"]:
        lines += [*_wrong(report["misclassified"]), ""]
    else:
        lines += ["None.", ""]
    for name in pictures:
        lines += [f"![{name.removesuffix('.svg')}]({name})", ""]
    lines += [f"Data {data['sha256']}; models {report['models']['tiles']['sha256']} (tiles), "
              f"{report['models']['whole']['sha256']} (whole sheets)."]  # fmt: skip
    return "\n".join(lines) + "\n"


def looks_line(report: Mapping[str, Any]) -> str:
    seen = report["looks"]
    split = report["data"]["split"]
    return (
        f"This is {seen['text']}." if seen else f"The {split} split is for choosing; looks are not counted."
    )


def rule_line(report: Mapping[str, Any]) -> str:
    """How the tile model answers for a sheet."""
    rule, sound = report["rule"], report["data"]["classes"][0]
    return (
        f"The tile model calls a sheet {sound} by the {SCORES[rule['score']]} of its tiles. This score and "
        f"its threshold, {rule['threshold']:.3f} on a scale where 1 is {sound}, were chosen on the sheets "
        f"that validate; the figures are of the split {report['data']['split']}."
    )


def tiles_lines(report: Mapping[str, Any]) -> list[str]:
    single, hottest, entropy = report["single_tiles"], report["hottest"], report["entropy"]
    lines = []
    if single["tiles"]:
        per_class = ", ".join(f"{one['class']} {share(one['accuracy'])}" for one in single["classes"])
        lines.append(
            f"Of {single['tiles']:,} tiles whose class is known, {share(single['accuracy'])} are right "
            f"({per_class}); AUC {_figure(single['auc'])}."
        )
    if hottest["sheets"]:
        lines.append(
            f"The likeliest tile lies on a marked region on {hottest['on_region']} of {hottest['sheets']} "
            "sheets with regions."
        )
    lines.append(
        f"{entropy['skipped']:,} of {entropy['all']:,} tiles had too little entropy to be looked at."
    )
    if report["without_tiles"]:
        lines.append(f"{report['without_tiles']} sheets have no other tiles; they count as sound.")
    return [" ".join(lines)]


def _both(report: Mapping[str, Any], part: str, key: str) -> Iterable[str]:
    """One row a group, the two models side by side."""
    whole = {row[key]: row for row in report["whole"][part]}
    return table(
        [key.capitalize(), "Sheets", "Tile model", "Whole sheets"],
        (
            [
                row[key] or "(not known)",
                f"{row['sheets']:,}",
                share(row["accuracy"]),
                share(whole[row[key]]["accuracy"]),
            ]
            for row in report["tiles"][part]
        ),
    )


def _wrong(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return table(
        ["Sheet", "Is", "Look-alike", "By tiles", "P of its class", "By whole sheet", "P of its class "],
        (
            [
                row["id"],
                row["label"],
                row["look_alike"],
                row["tiles"]["prediction"],
                f"{row['tiles']['own']:.2f}",
                row["whole"]["prediction"],
                f"{row['whole']['own']:.2f}",
            ]
            for row in rows
        ),
    )


def _span(own: Mapping[str, Any]) -> str:
    low, high = own["interval"]
    return f"{share(low)} to {share(high)}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def plain_lines(report: Mapping[str, Any]) -> list[str]:
    """The first figures for a terminal."""
    lines = []
    for name, own in (("Tile model", report["tiles"]), ("Whole sheets", report["whole"])):
        per_class = ", ".join(f"{one['class']} {share(one['accuracy'])}" for one in own["classes"])
        lines.append(
            f"{name}: accuracy {share(own['accuracy'])} ({_span(own)}; {per_class}), "
            f"AUC {_figure(own['auc'])}"
        )
    return [*lines, rule_line(report), *tiles_lines(report), looks_line(report)]

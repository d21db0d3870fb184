"""An evaluation in words and tables, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.reports.markdown import share, table

NAMES = {
    "loss": "Loss",
    "loss_with_penalty": "Loss with weight penalty",
    "accuracy": "Accuracy",
    "aucpr_softmax": "AUCPR",
    "aucpr_sigmoid": "AUCPR of sigmoids",
    "macro_f1": "Macro F1",
    "macro_f1_present": "Macro F1 of the classes present",
}
NOT_SHARES = ("loss", "loss_with_penalty")
ALTERNATIVES = {
    "confusion.svg": "Confusion matrix",
    "reliability.svg": "Accuracy of each bin of confidence",
    "coverage.svg": "Accuracy of the surest pictures against their share",
}


def summary_of(report: Mapping[str, Any], plots: Sequence[str] = ()) -> str:
    data, model, found = report["data"], report["model"], report["evaluators"]
    scores, sure, kept = found["classification"], found["calibration"], found["coverage"]
    held = (
        f" All of it is from {', '.join(data['test_sources'])}, which training did not see."
        if data["test_sources"]
        else ""
    )
    lines = [
        f"# {model['name']} on {data['release']}, {data['split']}",
        "",
        f"{data['pictures']:,} pictures, {len(scores['per_class'])} classes, {report['time']}.{held}",
        "",
        *headline_lines(report),
        "",
        looks_line(report),
        "",
        f"The loss has a label smoothing of {scores['smoothing']:g}. The AUCPR has "
        f"{found['aucpr']['thresholds']} thresholds and is interpolated; the one of sigmoids and the loss "
        "with the penalty are what Keras' evaluate prints for a model that gives logits.",
        "",
        f"Intervals hold {found['bootstrap']['level']:.0%} of {found['bootstrap']['resamples']:,} resamples "
        "of the pictures. They say nothing of pictures of another kind.",
        "",
        "## Classes",
        "",
        *table(
            ["Class", "Precision", "Recall", "F1", "Pictures"],
            (
                [
                    one["class"],
                    share(one["precision"]),
                    share(one["recall"]),
                    share(one["f1"]),
                    f"{one['support']:,}",
                ]
                for one in scores["per_class"]
            ),
        ),
        "",
    ]
    for part, title, key in (("sources", "Sources", "source"), ("licences", "Licences", "licence")):
        lines += [f"## {title}", "", *_groups(found["groups"][part], title[:-1], key), ""]
    reached = "is reached on no share of the pictures"
    if kept["at_target"]:
        reached = (
            f"is reached on the surest {kept['at_target']['coverage']:.1%} "
            f"(confidence from {kept['at_target']['confidence']:.3f})"
        )
    lines += [
        "## Sureness",
        "",
        f"Expected calibration error {sure['ece']:.4f}, largest {sure['mce']:.4f} ({sure['bins']} bins, "
        f"{sure['method']}); Brier score {sure['brier']:.4f}; mean confidence {share(sure['confidence'])}.",
        "",
        f"An accuracy of {share(kept['target'])} {reached}. Area under risk and coverage "
        f"{kept['aurc']:.4f}. A threshold for use is chosen on the validation split, not here.",
        "",
    ]
    for name in plots:
        lines += [f"![{ALTERNATIVES.get(name, name)}]({name})", ""]
    lines += [
        f"Model {model['sha256']}, weights {model['weights_sha256']}, run with {model['engine']}; "
        f"manifest {data['manifest_sha256']}.",
    ]
    if not model["classes_checked"]:
        lines += [
            "",
            "The model does not say which class each output is; the order of the release was taken.",
        ]
    return "\n".join(lines) + "\n"


def headline_lines(report: Mapping[str, Any]) -> list[str]:
    """A table of the first figures with their intervals."""
    level = report["evaluators"]["bootstrap"]["level"]
    return table(
        ["", "", f"{level:.0%} interval"],
        (
            [NAMES.get(name, name), _figure(name, one["value"]), _span(name, one["interval"])]
            for name, one in report["headline"].items()
        ),
    )


def plain_lines(report: Mapping[str, Any]) -> list[str]:
    """The same for a terminal, in the order and the form that the published README has."""
    split = str(report["data"]["split"]).capitalize()
    lines = []
    for name, one in report["headline"].items():
        words = f"{split} {_lower(NAMES.get(name, name))}: {_figure(name, one['value'])}"
        lines.append(f"{words} ({_span(name, one['interval'])})")
    return [*lines, looks_line(report)]


def looks_line(report: Mapping[str, Any]) -> str:
    seen = report["looks"]
    if seen is None:
        return f"The {report['data']['split']} split is for choosing; looks at it are not counted."
    return f"This is {seen['text']}."


def _lower(name: str) -> str:
    return name if name[:2].isupper() else name[0].lower() + name[1:]


def _groups(rows: Sequence[Mapping[str, Any]], title: str, key: str) -> list[str]:
    return table(
        [title, "Accuracy", "interval", "Macro F1", "Classes", "Pictures"],
        (
            [
                row[key] or "(none)",
                share(row["accuracy"]),
                f"{share(row['low'])} to {share(row['high'])}",
                share(row["macro_f1"]),
                str(row["classes"]),
                f"{row['pictures']:,}",
            ]
            for row in rows
        ),
    )


def _figure(name: str, value: float) -> str:
    return f"{value:.4f}" if name in NOT_SHARES else share(value)


def _span(name: str, ends: Sequence[float]) -> str:
    return f"{_figure(name, ends[0])} to {_figure(name, ends[1])}"

"""What predict says of a run that is finished."""

import json
from collections import Counter
from typing import Any

from inference.inputs import Source
from inference.part import Part
from inference.table import Table, errors_file


def report_of(part: Part, table: Table, source: Source, before: int) -> dict[str, Any]:
    """JSON-ready. before: pictures that an earlier run had done."""
    names = list(part.counts.predicted)
    first = table.models[0]
    by_first = part.counts.predicted.get(first.name, Counter())
    report: dict[str, Any] = {
        "model": first.name,
        "models": [model.name for model in table.models],
        "input": source.what,
        "output": str(part.output),
        "pictures": part.pictures,
        "resumed_after": before,
        "predicted": by_first.total(),
        "unreadable": [{"file": file, "error": error} for file, error in part.unreadable],
        "errors": str(errors_file(part.output)) if part.unreadable else None,
        "classes": {name: by_first[name] for name in first.classes},
        "predicted_by": {name: dict(part.counts.predicted[name].most_common()) for name in names},
    }
    if table.truth:
        report["agree"] = {name: part.counts.right[name] for name in names}
    return report


def as_json(report: dict[str, Any]) -> str:
    text = json.dumps(report, indent=2, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # A file name that is not valid UTF-8 cannot be printed, but JSON has a way to write it down.
        return json.dumps(report, indent=2)
    return text


def as_text(report: dict[str, Any]) -> str:
    lines: list[str] = []
    by_model: dict[str, dict[str, int]] = report["predicted_by"]
    for model, predicted in by_model.items():
        if len(by_model) > 1:
            lines.append(f"{'':>9}  {model}:")
        lines += [f"{count:>9,}  {name}" for name, count in predicted.items()]
        if "agree" in report:
            right = report["agree"][model]
            share = 100 * right / max(report["predicted"], 1)
            lines.append(f"{right:>9,}  as the release has it ({share:.2f} %)")
    lines.append(
        f"{report['predicted']:>9,}  predicted with {', '.join(report['models'])} in {report['seconds']} s "
        f"({report['images_per_second']} images/s) -> {report['output']}"
    )
    if report["errors"]:
        lines.append(f"{len(report['unreadable']):>9,}  unreadable -> {report['errors']}")
    return "\n".join(lines)

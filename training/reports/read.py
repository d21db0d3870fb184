"""Reports that were written before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = "vasculum-evaluation"
VERSION = 1
REPORT_FILE = "evaluation.json"


class ReportError(ValueError):
    """A report is missing, of another form, or does not go with others; the message names it and the rule."""


def find_report(path: Path) -> Path:
    """The evaluation.json that a path is, or that a report's or a run's folder holds."""
    if path.is_file():
        return path
    if (path / REPORT_FILE).is_file():
        return path / REPORT_FILE
    inside = sorted((path / "evaluation").glob(f"**/{REPORT_FILE}"))
    if len(inside) == 1:
        return inside[0]
    if inside:
        raise ReportError(
            f"{path} holds {len(inside)} reports; name one of {', '.join(str(one) for one in inside)}"
        )
    raise ReportError(f"{path} is no report: it has no {REPORT_FILE}; python -m training evaluate writes one")


def read_report(path: Path) -> Mapping[str, Any]:
    """What a report says. Raises ReportError."""
    file = find_report(path)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{file} cannot be read: {error}") from error
    if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
        got = (found.get("format"), found.get("version")) if isinstance(found, dict) else found
        raise ReportError(f"{file}: format and version must be {FORMAT!r} and {VERSION}, got {got!r}")
    return found

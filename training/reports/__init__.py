"""Evaluations as files: JSON, tables, plots and a summary; and what several of them say together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.files import whole_file
from training.evaluators.scored import Scored
from training.reports.plots import plots_of
from training.reports.read import REPORT_FILE
from training.reports.summary import summary_of
from training.reports.tables import tables_of

SUMMARY_FILE = "README.md"


def write_report(report: Mapping[str, Any], scored: Scored, out: Path) -> None:
    """Write all files of a report, each whole; evaluation.json last, so that it stands for all of them."""
    for name, text in tables_of(report, scored).items():
        write_text(out / name, text)
    plots = plots_of(report)
    for name, text in plots.items():
        write_text(out / name, text)
    write_text(out / SUMMARY_FILE, summary_of(report, list(plots)))
    write_text(out / REPORT_FILE, json_text(report))


def json_text(report: Mapping[str, Any]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_text(path: Path, text: str) -> None:
    with whole_file(path) as temporary:
        # A path may hold bytes that are no text; as \udcXX they are valid JSON, and files stay UTF-8.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")

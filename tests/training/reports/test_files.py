"""The files of a report: tables that read back, plots that are whole, a summary with what counts."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.training.reports.made import of_predictions, report_of, written
from training.reports.plots import plots_of
from training.reports.summary import plain_lines, summary_of

LABELS, PREDICTIONS = [0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 2, 0, 2]
SVG = "{http://www.w3.org/2000/svg}"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_tables(tmp_path: Path) -> None:
    folder = written(tmp_path / "new" / "report", of_predictions(LABELS, PREDICTIONS))
    figures = {row["measure"]: row for row in rows(folder / "evaluation.tsv")}
    assert list(figures) == [
        *("loss", "loss_with_penalty", "accuracy", "aucpr_softmax", "aucpr_sigmoid", "macro_f1"),
    ]
    assert figures["accuracy"]["value"] == "0.750000"
    assert float(figures["accuracy"]["low"]) <= 0.75 <= float(figures["accuracy"]["high"])
    gained = float(figures["loss_with_penalty"]["value"]) - float(figures["loss"]["value"])
    assert gained == pytest.approx(0.25, abs=1e-5)
    assert [row["support"] for row in rows(folder / "classes.tsv")] == ["3", "2", "3"]
    assert [list(row.values()) for row in rows(folder / "confusion.tsv")] == [
        ["Kind 0", "2", "1", "0"],
        ["Kind 1", "0", "2", "0"],
        ["Kind 2", "1", "0", "2"],
    ]
    assert [(row["source"], row["pictures"]) for row in rows(folder / "sources.tsv")] == [
        ("A", "4"),
        ("B", "4"),
    ]
    assert [row["licence"] for row in rows(folder / "licences.tsv")] == ["CC0-1.0"]
    assert sum(int(row["pictures"]) for row in rows(folder / "reliability.tsv")) == 8
    assert rows(folder / "coverage.tsv")[0]["coverage"] == "1.000000"
    assert [row["prediction"] for row in rows(folder / "predictions.tsv")][2] == "Kind 1"
    assert not [each for each in folder.iterdir() if each.name.startswith(".")]


def test_names_from_anywhere(tmp_path: Path) -> None:
    """Tabs, markup and bytes that are no text do not break a table, a plot or the summary."""
    nasty = ("<b>&\t|\x07", "ñ\n\udcff", '"]]>')
    scored = of_predictions(LABELS, PREDICTIONS, classes=nasty, sources=nasty[:2] * 4)
    report = report_of(scored)
    folder = tmp_path / "report"
    written(folder, scored)
    assert len(rows(folder / "classes.tsv")) == 3
    for text in plots_of(report).values():
        ElementTree.fromstring(text.encode("utf-8", "replace"))
    line = next(one for one in summary_of(report).splitlines() if "&lt;b>" in one)
    assert line.count(" | ") == 4


@pytest.mark.parametrize("name", ["confusion.svg", "reliability.svg", "coverage.svg"])
def test_plots_stand_alone(name: str) -> None:
    text = plots_of(report_of(of_predictions(LABELS, PREDICTIONS)))[name]
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|<script|<image", text)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for mark in root.iter(f"{SVG}rect"):
        x, y = float(mark.get("x", 0)), float(mark.get("y", 0))
        assert x >= -0.1 and x + float(mark.get("width", 0)) <= width + 0.1
        assert y >= -0.1 and y + float(mark.get("height", 0)) <= height + 0.1
        assert 0 <= float(mark.get("fill-opacity", 1)) <= 1


def test_the_heat_of_a_cell_is_the_root_of_its_share_of_its_row() -> None:
    text = plots_of(report_of(of_predictions(LABELS, PREDICTIONS)))["confusion.svg"]
    cells = {
        title.text: float(mark.get("fill-opacity", 0))
        for mark in ElementTree.fromstring(text).iter(f"{SVG}rect")
        for title in mark.iter(f"{SVG}title")
    }
    assert cells["Kind 0 taken for Kind 1: 1 of 3 (33.3%)"] == pytest.approx((1 / 3) ** 0.5, abs=1e-3)
    assert cells["Kind 1 taken for Kind 1: 2 of 2 (100.0%)"] == 1


def test_too_many_classes_for_a_picture_of_them() -> None:
    report = report_of(of_predictions(LABELS, PREDICTIONS))
    report["evaluators"]["classification"]["per_class"] *= 21
    assert sorted(plots_of(report)) == ["coverage.svg", "reliability.svg"]


def test_summary_says_how_often_it_was_looked() -> None:
    report = report_of(of_predictions(LABELS, PREDICTIONS))
    text = summary_of(report, ["confusion.svg"])
    assert "This is look 2 of this test split; 1 different model." in text
    assert "| Accuracy | 75.00% |" in text
    assert "![Confusion matrix](confusion.svg)" in text
    report["looks"] = None
    report["data"]["split"] = "validate"
    assert "The validate split is for choosing; looks at it are not counted." in summary_of(report)


def test_lines_as_the_published_readme_lists_them() -> None:
    lines = plain_lines(report_of(of_predictions(LABELS, PREDICTIONS)))
    kinds = [line.split(":")[0] for line in lines[:-1]]
    assert kinds == [
        *("Test loss", "Test loss with weight penalty", "Test accuracy", "Test AUCPR"),
        *("Test AUCPR of sigmoids", "Test macro F1"),
    ]
    assert re.fullmatch(r"Test accuracy: 75\.00% \(\d+\.\d\d% to \d+\.\d\d%\)", lines[2])
    assert re.fullmatch(r"Test loss: \d\.\d{4} \(\d\.\d{4} to \d\.\d{4}\)", lines[0])


def test_a_report_of_a_held_out_source_says_so() -> None:
    report = report_of(of_predictions(LABELS, PREDICTIONS), test_sources=["NY"])
    assert "All of it is from NY, which training did not see." in summary_of(report)

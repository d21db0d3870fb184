"""Leave one source out: planted reports into one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.reports.made import of_predictions, written
from training.reports.one_out import one_out, one_out_markdown, one_out_tsv
from training.reports.read import ReportError


@pytest.fixture
def ordinary(tmp_path: Path) -> Path:
    """Nine of ten right: F1 of the classes 1, 6/7 and 2/3."""
    return written(
        tmp_path / "ordinary", of_predictions([0] * 5 + [1] * 3 + [2] * 2, [0] * 5 + [1] * 3 + [1, 2])
    )


def without(tmp_path: Path, source: str, labels: list[int], predictions: list[int]) -> Path:
    name = f"without-{source}"
    return written(tmp_path / name, of_predictions(labels, predictions), release=name, test_sources=[source])


def test_planted_table(tmp_path: Path, ordinary: Path) -> None:
    ny = without(tmp_path, "NY", [0, 0, 1, 1], [0, 0, 1, 0])
    k = without(tmp_path, "K", [2, 2], [2, 2])
    found = one_out([ny, ordinary, k])
    assert [row["held_out"] for row in found["rows"]] == ["K", "NY"]
    kew, york = found["rows"]
    assert (york["pictures"], york["classes"], york["accuracy"]) == (4, 2, 0.75)
    assert york["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert york["accuracy_difference"] == pytest.approx(0.75 - 0.9)
    # Against the same two classes of the ordinary test, not against all three.
    assert york["macro_f1_difference"] == pytest.approx((4 / 5 + 2 / 3) / 2 - (1 + 6 / 7) / 2)
    assert kew["macro_f1_difference"] == pytest.approx(1 - 2 / 3)
    assert found["mean"]["accuracy"] == pytest.approx(0.875)
    assert found["reference"]["accuracy"] == 0.9
    assert york["accuracy_low"] < 0.75 < york["accuracy_high"]
    assert one_out_tsv(found).splitlines()[0].startswith("held_out\trelease\tmodel\tpictures\tclasses")
    text = one_out_markdown(found)
    assert "| NY | 4 | 2 | 75.00% |" in text
    assert "-15.00%" in text
    assert "+33.33%" in text


def test_without_a_reference_there_are_no_differences(tmp_path: Path) -> None:
    found = one_out([without(tmp_path, "NY", [0, 1], [0, 1])])
    assert found["rows"][0]["accuracy_difference"] is None
    assert found["mean"]["macro_f1_difference"] is None
    assert found["reference"] is None
    assert "| NY | 2 | 2 | 100.00% |" in one_out_markdown(found)


def test_a_run_folder_stands_for_its_only_report(tmp_path: Path) -> None:
    run = tmp_path / "run"
    written(run / "evaluation" / "test", of_predictions([0], [0]), test_sources=["NY"])
    assert one_out([run])["rows"][0]["held_out"] == "NY"
    written(run / "evaluation" / "again", of_predictions([0], [0]), test_sources=["NY"])
    with pytest.raises(ReportError, match=r"holds 2 reports; name one of .*again"):
        one_out([run])


def test_refused(tmp_path: Path, ordinary: Path) -> None:
    ny = without(tmp_path, "NY", [0, 1], [0, 1])
    with pytest.raises(ReportError, match=r"none of the reports is .*test_sources"):
        one_out([ordinary])
    with pytest.raises(ReportError, match="one report may be of an ordinary test split"):
        one_out([ny, ordinary, ordinary])
    with pytest.raises(ReportError, match="held out once, got NY 2 times"):
        one_out([ny, ny])
    chosen = written(tmp_path / "v", of_predictions([0], [0]), split="validate", test_sources=["NY"])
    with pytest.raises(ReportError, match="split must be 'test', got 'validate'"):
        one_out([chosen])
    other = written(tmp_path / "o", of_predictions([0], [0], classes=("x", "y", "z")), test_sources=["K"])
    with pytest.raises(ReportError, match="classes must be those of"):
        one_out([ny, other])
    with pytest.raises(ReportError, match=r"is no report: it has no evaluation.json"):
        one_out([tmp_path / "nothing"])
    (tmp_path / "bad.json").write_text(json.dumps({"format": "else"}))
    with pytest.raises(ReportError, match="format and version must be"):
        one_out([tmp_path / "bad.json"])
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(ReportError, match=r"torn.json cannot be read"):
        one_out([tmp_path / "torn.json"])

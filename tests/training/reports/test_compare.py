"""Two models on the same pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from tests.training.reports.made import of_predictions, written
from training.reports.compare import compare, compare_lines
from training.reports.read import ReportError

LABELS = [0] * 20 + [1] * 20
FIRST = [0] * 12 + [1] * 8 + [1] * 18 + [0] * 2  # wrong on the last 8 of the first class, 2 of the other
SECOND = [1] * 1 + [0] * 19 + [1] * 18 + [0] * 2  # wrong on 1 that the first had right, and the same 2


def test_planted_difference(tmp_path: Path) -> None:
    one = written(tmp_path / "one", of_predictions(LABELS, FIRST), name="first")
    other = written(tmp_path / "other", of_predictions(LABELS, SECOND), name="second")
    found = compare(one, other, resamples=500)
    assert found["mcnemar"] == {
        "only_first_right": 1,
        "only_second_right": 8,
        "p": pytest.approx(2 * (1 + 9) / 2**9),
    }
    theirs = mcnemar([[29, 1], [8, 2]], exact=True)
    assert found["mcnemar"]["p"] == pytest.approx(theirs.pvalue)
    assert found["accuracy"]["difference"] == pytest.approx(7 / 40)
    assert found["agreement"] == 31 / 40
    low, high = found["accuracy"]["interval"]
    # 7 / 40, give or take about two standard errors of a difference of paired shares.
    error = np.sqrt(9 / 40 - (7 / 40) ** 2) / np.sqrt(40)
    assert (low, high) == pytest.approx((7 / 40 - 1.96 * error, 7 / 40 + 1.96 * error), abs=0.04)
    assert found["macro_f1"]["interval"][0] > 0
    lines = compare_lines(found)
    assert lines[0].startswith("second against first on 40 pictures of drawn, test")
    assert lines[1].startswith("accuracy: 75.00% to 92.50%, difference +17.50% (+")


def test_the_order_of_pictures_does_not_matter(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(40)
    ids = tuple(f"p{place}" for place in order)
    shuffled = of_predictions([LABELS[k] for k in order], [SECOND[k] for k in order], ids=ids)
    one = written(tmp_path / "one", of_predictions(LABELS, FIRST))
    other = written(tmp_path / "other", of_predictions(LABELS, SECOND))
    mixed = written(tmp_path / "mixed", shuffled)
    assert compare(one, mixed, resamples=20) == compare(one, other, resamples=20)
    assert compare(mixed, one, resamples=20) == compare(other, one, resamples=20)


def test_the_same_model_twice_differs_in_nothing(tmp_path: Path) -> None:
    one = written(tmp_path / "one", of_predictions(LABELS, FIRST))
    found = compare(one, one, resamples=20)
    assert found["mcnemar"]["p"] == 1
    assert found["accuracy"]["interval"] == [0, 0]


def test_refused(tmp_path: Path) -> None:
    one = written(tmp_path / "one", of_predictions(LABELS, FIRST))
    elsewhere = written(tmp_path / "elsewhere", of_predictions(LABELS, FIRST), manifest_sha256="b" * 64)
    with pytest.raises(ReportError, match=r"manifest_sha256 must be that of .*one"):
        compare(one, elsewhere)
    fewer = written(tmp_path / "fewer", of_predictions(LABELS[1:], FIRST[1:]))
    with pytest.raises(ReportError, match="some are not in both"):
        compare(one, fewer)
    (fewer / "predictions.tsv").unlink()
    with pytest.raises(ReportError, match=r"predictions.tsv cannot be read: No such file"):
        compare(one, fewer)
    (fewer / "predictions.tsv").write_text("id\tcategory\np0\tKind 0\n")
    with pytest.raises(ReportError, match="a column or class is missing: 'prediction'"):
        compare(one, fewer)
    with pytest.raises(ValueError, match="resamples must be at least 1, got 0"):
        compare(one, one, resamples=0)

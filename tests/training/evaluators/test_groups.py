"""Sources and licences with planted shares of right pictures."""

from __future__ import annotations

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.training.evaluators.planted import scored
from training.evaluators.groups import groups, wilson


def test_planted_sources_and_licences() -> None:
    right, wrong = [5, 0, 0], [0, 5, 0]
    found = groups(
        scored(
            [right, right, right, wrong, wrong],
            [0, 0, 0, 0, 1],
            sources=("NY", "K", "NY", "NY", "K"),
            licences=("CC0-1.0", "CC0-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-4.0"),
        )
    )
    low, high = wilson(2, 3)
    assert found["sources"] == [
        {"source": "K", "pictures": 2, "classes": 2, "accuracy": 1.0, "macro_f1": 1.0}
        | dict(zip(("low", "high"), wilson(2, 2), strict=True)),
        {"source": "NY", "pictures": 3, "classes": 1, "accuracy": pytest.approx(2 / 3)}
        | {"low": low, "high": high, "macro_f1": pytest.approx(0.8)},
    ]
    assert [(row["licence"], row["accuracy"]) for row in found["licences"]] == [
        ("CC-BY-4.0", 0.5),
        ("CC0-1.0", 1.0),
    ]


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (1, 1), (17, 20), (980, 1024)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_that_of_statsmodels(right: int, n: int, level: float) -> None:
    theirs = proportion_confint(right, n, alpha=1 - level, method="wilson")
    assert wilson(right, n, level) == pytest.approx(theirs, abs=1e-12)


def test_a_source_may_have_any_name() -> None:
    names = ("", "ñ", "<b>")
    found = groups(scored([[1, 0]] * 3, [0, 0, 0], sources=names))
    assert {row["source"] for row in found["sources"]} == set(names)

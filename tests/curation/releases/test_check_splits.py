"""What verify says where the splits of a manifest are not what its facts say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.models import Release
from curation.services import manifest
from curation.services.exports.check_splits import check_splits
from curation.services.freeze import freeze
from curation.services.manifest import Row
from curation.services.verify import Report
from tests.curation.releases.conftest import Garden

pytestmark = pytest.mark.django_db


@pytest.fixture
def held_out(garden: Garden) -> Release:
    """Train and validate of S0, test of S1, survey of S2; not of CC-BY-NC (one picture a class, of S2)."""
    return freeze(
        garden.project,
        seed=1,
        train=1,
        validate=1,
        only_sources=["S0", "S1", "S2"],
        only_licences=["CC0", "CC-BY", "CC-BY-SA"],
        test_sources=["S1"],
        survey_sources=["S2"],
    )


def found(release: Release, change: Callable[[dict[str, Any], list[Row]], None]) -> str:
    """The faults after a change to release.json or to the rows, one a line."""
    described, rows = manifest.parse(b"".join(manifest.stored_lines(release)).decode())
    facts = {"per_class": described["counts"], **manifest.scope_of(release)}
    change(facts, rows)
    report = Report(Path("out"))
    check_splits(described, facts, rows, report)
    return "\n".join(map(str, report.faults))


def first(rows: list[Row], split: str) -> int:
    return next(at for at, row in enumerate(rows) if row.split == split)


def changed(split: str, fields: dict[str, str]) -> Callable[[dict[str, Any], list[Row]], None]:
    """Of the first row of a split."""

    def change(_facts: dict[str, Any], rows: list[Row]) -> None:
        at = first(rows, split)
        rows[at] = rows[at]._replace(**fields)

    return change


def test_nothing_is_wrong_with_a_release_as_it_was_frozen(held_out: Release) -> None:
    assert found(held_out, lambda facts, rows: None) == ""


@pytest.mark.parametrize(
    ("split", "fields", "faults"),
    [
        ("train", {"split": "test"}, ["source S0 stands in test, which is held out", "0 pictures of class-"]),
        ("train", {"split": "survey"}, ["source S0 stands in survey, which is held out"]),
        ("test", {"split": "train"}, ["source S1 is held out, and stands in train", "in train, not 1"]),
        ("survey", {"source": "S0"}, ["source S0 stands in survey"]),
        ("train", {"source": "S9"}, ["source S9 is not among those chosen"]),
        ("train", {"licence": "CC-BY-NC-4.0"}, ["licence CC-BY-NC-4.0 is not among those chosen"]),
        ("train", {"split": "exam"}, ["unknown split 'exam'"]),
    ],
)
def test_rows_that_are_not_what_the_facts_say(
    held_out: Release, split: str, fields: dict[str, str], faults: list[str]
) -> None:
    said = found(held_out, changed(split, fields))
    for fault in faults:
        assert fault in said


def test_a_group_in_two_splits(held_out: Release) -> None:
    def join(_facts: dict[str, Any], rows: list[Row]) -> None:
        group = rows[first(rows, "train")].leak_group
        at = first(rows, "test")
        rows[at] = rows[at]._replace(leak_group=group)

    assert "stands in test and train" in found(held_out, join)


def test_release_json_that_says_something_else(held_out: Release) -> None:
    def without(facts: dict[str, Any], _rows: list[Row]) -> None:
        del facts["test_sources"]
        facts["per_class"] = {"train": 2, "test": 0, "validate": 1}

    said = found(held_out, without)
    assert "per_class is not what" in said and "test_sources is not what" in said


def test_a_balanced_test_split_is_counted(release: Release) -> None:
    assert "0 pictures of class-" in found(release, changed("test", {"split": "train"}))
    # Without a survey nothing may stand in it.
    assert "stands in survey, which is held out" in found(release, changed("test", {"split": "survey"}))

"""Releases of some sources or licences, and sources that are kept out of the balance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Licence, Release
from curation.services import manifest
from curation.services.balance import Sizes, parse_ratio
from curation.services.export import write_export
from curation.services.freeze import Shortage, freeze
from curation.services.leave_one_out import name_without, one_out
from curation.services.verify import verify
from tests.curation.releases.conftest import Garden, MakeGarden, sha256_for
from tests.factories import make_candidate, make_image, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def sources(make_garden: MakeGarden) -> Garden:
    """2 classes x (8 pictures of A, 6 of B, 2 of C; none accepted of D), all under CC0 but those of B."""
    garden = make_garden(2, key="flora", train=3, test=1, validate=1)
    for label in garden.classes:
        for code, n in (("A", 8), ("B", 6), ("C", 2)):
            for number in range(n):
                licence = "CC-BY-4.0" if code == "B" else "CC0-1.0"
                garden.plant(
                    label, name=f"{label.slug} {code} {number}", source=code, licence=licence, files=True
                )
    make_candidate(garden.project, make_image(source="D"))
    return garden


def splits_of(release: Release) -> Counter[tuple[str, str]]:
    return Counter(release.members.values_list("source", "split"))


def frozen(garden: Garden, **options: Any) -> Release:
    return freeze(garden.project, **{"seed": 1, **options})


def test_only_some_sources(sources: Garden) -> None:
    release = frozen(sources, only_sources=["C", "A", "A"])
    assert release.only_sources == ["A", "C"]
    assert set(release.members.values_list("source", flat=True)) <= {"A", "C"}
    assert Counter(release.left_out.values_list("source", "reason"))["B", "source"] == 12
    facts, rows = manifest.parse(b"".join(manifest.stored_lines(release)).decode())
    assert facts["only_sources"] == ["A", "C"] and "only_licences" not in facts
    with pytest.raises(Shortage):
        frozen(sources, only_sources=["C"])


@pytest.mark.parametrize(("word", "identifier"), [("cc-by", "CC-BY-4.0"), ("CC0-1.0", "CC0-1.0")])
def test_only_some_licences(sources: Garden, word: str, identifier: str) -> None:
    release = frozen(sources, only_licences=[word])
    assert release.only_licences == [identifier]
    assert set(release.members.values_list("licence", flat=True)) == {identifier}
    others = release.left_out.filter(reason="licence")
    assert others.exists() and not others.filter(licence=identifier).exists()
    entry = AuditEntry.objects.get(action="release.freeze")
    assert entry.detail["only_licences"] == [identifier]


def test_the_test_split_is_all_there_is_of_a_source(sources: Garden) -> None:
    release = frozen(sources, test_sources=["B"])
    assert (release.train, release.test, release.validate) == (3, 0, 1)
    assert Counter(release.members.values_list("category", "split")) == {
        (slug, split): n
        for slug in ("class-a", "class-b")
        for split, n in (("train", 3), ("test", 6), ("validate", 1))
    }
    assert all((source == "B") == (split == "test") for source, split in splits_of(release))


def test_a_survey_is_outside_the_balance(sources: Garden) -> None:
    # Natural numbers: more of one class than of the other.
    sources.plant(sources.classes[0], name="one more", source="C")
    release = frozen(sources, survey_sources=["C"])
    survey = release.members.filter(split="survey")
    assert Counter(survey.values_list("category", "source")) == {("class-a", "C"): 3, ("class-b", "C"): 2}
    assert Counter(release.members.values_list("split", flat=True)) == {
        "train": 6,
        "test": 2,
        "validate": 2,
        "survey": 5,
    }
    assert not release.members.filter(source="C").exclude(split="survey").exists()


def test_groups_that_touch_a_held_out_source_stay_out_of_the_balance(sources: Garden) -> None:
    a, b = sources.classes
    held = sources.plant(a, name="held", source="C").image
    sources.plant(b, name="its twin", source="A", group=held.group)
    # A group that touches both goes to the test, and its picture of the survey stays out.
    tested = sources.plant(a, name="tested", source="B").image
    sources.plant(a, name="surveyed", source="C", group=tested.group)
    release = frozen(sources, test_sources=["B"], survey_sources=["C"])
    where = dict(release.members.values_list("sha256", "split"))
    assert where[sha256_for("held")] == "survey" and where[sha256_for("tested")] == "test"
    left = {row.sha256: (row.reason, row.detail) for row in release.left_out.filter(reason="held-out")}
    assert left == {
        sha256_for("its twin"): ("held-out", "survey"),
        sha256_for("surveyed"): ("held-out", "test"),
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only_sources": ["X"]}, "Source 'X': .* There are: A, B, C, D"),
        ({"test_sources": ["x"]}, "Source 'x'"),
        ({"survey_sources": ["X"]}, "Source 'X'"),
        ({"test_sources": ["D"]}, "Source 'D' has no decided picture"),
        ({"test_sources": ["B"], "only_licences": ["CC0"]}, "Source 'B' has no decided picture"),
        ({"test_sources": ["A"], "survey_sources": ["A"]}, "cannot be both"),
        ({"test_sources": ["A"], "only_sources": ["B"]}, "not among the sources chosen: B"),
        ({"test_sources": ["A"], "test": 1}, "test 1"),
        ({"test_sources": ["A"], "train": 0, "validate": 0}, "all 0"),
        ({"only_licences": ["CC-BY-ND"]}, "'CC-BY-ND' is not accepted .* CC0, CC-BY"),
        ({"only_licences": ["CC-BY-SA"]}, "no decided picture .* CC-BY-4.0, CC0-1.0"),
        ({"only_licences": ["MIT"]}, "'MIT'"),
    ],
)
def test_what_cannot_be_asked(sources: Garden, options: dict[str, Any], message: str) -> None:
    barred = Licence.objects.create(code="CC-BY-ND", version="4.0", title="No derivatives")
    sources.plant(sources.classes[0], licence=barred)
    with pytest.raises(Refused, match=message):
        frozen(sources, **options)
    assert not Release.objects.exists()


def test_an_export_of_held_out_sources_is_verified(sources: Garden, tmp_path: Path) -> None:
    release = frozen(sources, test_sources=["B"], survey_sources=["C"], only_sources=["A", "B", "C"])
    out = tmp_path / "out"
    write_export(release, "tfrecord", out)
    report = verify(out, manifest_sha256=release.manifest_sha256)
    assert report.ok, report.faults


def test_one_source_after_the_other_is_left_out(sources: Garden) -> None:
    found = {each.code: each for each in one_out(sources.project, stem="spring", seed=1, train=3, validate=1)}
    assert list(found) == ["A", "B", "C", "D"]
    for code, n in (("A", 16), ("B", 12), ("C", 4)):
        release = found[code].release
        assert release is not None and release.name == f"spring-without-{code}"
        assert release.test_sources == [code]
        assert {split: n for (s, split), n in splits_of(release).items() if s == code} == {"test": n}
    assert found["D"].release is None and found["D"].shortage is None
    short = list(one_out(sources.project, seed=1, train=7, validate=1))
    assert [each.code for each in short if each.shortage] == []
    names = [each.release.name for each in short if each.release]
    assert names == [f"flora-8-s1-without-{code}" for code in "ABC"]
    short = list(one_out(sources.project, seed=1, train=8, validate=1, only_sources=["A", "B"]))
    assert [(each.code, bool(each.shortage)) for each in short] == [("A", True), ("B", True)]


def test_sources_of_the_survey_are_not_left_out_in_turn(sources: Garden) -> None:
    found = one_out(sources.project, seed=1, train=1, validate=1, survey_sources=["C"])
    assert [each.code for each in found if each.release] == ["A", "B"]


def test_names_without_a_source() -> None:
    assert name_without("flora-5-s1", "B.2+x") == "flora-5-s1-without-B-2-x"
    assert len(name_without("f" * 80, "C" * 40)) <= 80


@pytest.mark.parametrize(
    ("text", "parts"),
    [("70/20/10", (70, 20, 10)), ("8:2", (8, 2, 0)), ("10:1:1", (10, 1, 1)), ("9/0/1", (9, 0, 1))],
)
def test_ratios(text: str, parts: tuple[int, int, int]) -> None:
    assert parse_ratio(text) == Sizes(*parts)


@pytest.mark.parametrize("text", ["", "8", "8:2:1:1", "a:b", "8:-2", "0:0", "8:2:", "0.8:0.2", "８:２"])
def test_what_is_no_ratio(text: str) -> None:
    with pytest.raises(Refused, match="two or three whole numbers"):
        parse_ratio(text)


def test_unused_sources_do_not_change_the_manifest(sources: Garden) -> None:
    first = frozen(sources, only_licences=["CC-BY", "CC0"], test_sources=["B"])
    make_candidate(sources.project, make_image(source=make_source("Z"), licence="CC-BY-3.0"))
    assert frozen(sources, only_licences=["CC0", "CC-BY"], test_sources=["B"]).manifest_sha256 == (
        first.manifest_sha256
    )

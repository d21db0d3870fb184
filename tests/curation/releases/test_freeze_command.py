"""freeze on the command line: ratios, held-out sources, and what it refuses."""

from __future__ import annotations

import json

import pytest

from curation.models import Release
from tests.curation.releases.conftest import Garden
from tests.curation.releases.test_commands import FREEZE, call, fails

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        (["--per-class", 5, "--ratio", "8:2"], (4, 1, 0)),
        (["--per-class", 6, "--ratio", "70/20/10"], (4, 1, 1)),
        (["--ratio", "1:1:1", "--per-class", 3], (1, 1, 1)),
        (["--ratio", "1:1"], (2, 2, 0)),  # of the project's four
        (["--test-source", "S1", "--per-class", 4], (3, 0, 1)),
        (["--test-source", "S1", "--per-class", 4, "--ratio", "1/0/1"], (2, 0, 2)),
        (["--test-source", "S1", "--train", 2, "--validate", 1], (2, 0, 1)),
        (["--test-source", "S1", "--per-class", 3, "--train", 2], (2, 0, 1)),
        (["--survey-source", "S1", "--per-class", 4], (2, 1, 1)),
    ],
)
def test_sizes(garden: Garden, words: list[object], sizes: tuple[int, int, int]) -> None:
    project = garden.project
    project.train, project.test, project.validate = 2, 1, 1
    project.save()
    call(*FREEZE, *words)
    release = Release.objects.get()
    assert (release.train, release.test, release.validate) == sizes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--per-class", 5, "--ratio", "8"], "--ratio 8"),
        (["--per-class", 2, "--ratio", "70/20/10"], "--ratio 70/20/10"),
        (["--ratio", "8:2", "--train", 3], "not both"),
        (["--ratio", "8:2", "--test-source", "S1"], "--ratio 8:2"),
        (["--test", 1, "--test-source", "S1"], "--test 1"),
        (["--train", 1, "--leave-one-source-out", "--test", 1], "--test 1"),
        (["--leave-one-source-out", "--test-source", "S1"], "leave out --test-source"),
    ],
)
def test_words_that_do_not_fit_are_a_usage_error(garden: Garden, words: list[object], message: str) -> None:
    assert message in fails(2, *FREEZE, *words)[1]
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--source", "X"], "There are: S0, S1, S2"),
        (["--test-source", "X"], "'X'"),
        (["--survey-source", "S1", "--test-source", "S1"], "cannot be both"),
        (["--licences", "CC-BY-ND"], "'CC-BY-ND'"),
    ],
)
def test_what_the_project_does_not_have_is_status_1(
    garden: Garden, words: list[object], message: str
) -> None:
    assert message in fails(1, *FREEZE, *words)[1]
    assert not Release.objects.exists()


def test_lists_and_what_it_says(garden: Garden) -> None:
    words = ["--train", 1, "--validate", 0, "--source", "S0", "--source", "S1", "--test-source", "S1"]
    said = call(*FREEZE, *words, "--licences", "CC0,CC-BY", "--licences", "CC-BY-NC", "--name", "spring")
    release = Release.objects.get()
    assert (release.only_sources, release.test_sources) == (["S0", "S1"], ["S1"])
    assert release.only_licences == ["CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"]
    test = release.members.filter(split="test").count()
    assert f"All of S1: {test} pictures in test." in said
    assert "Left out: " in said and "source" in said and "licence" in said
    document = json.loads(call(*FREEZE, *words, "--survey-source", "S0", "--source", "S2", "--json"))
    assert document["survey_sources"] == ["S0"]
    assert document["pictures"] == sum(document["splits"].values())
    assert document["pictures"] + sum(document["left_out"].values()) == 18


def test_leave_one_source_out(garden: Garden) -> None:
    words = ["--train", 3, "--validate", 1, "--leave-one-source-out"]
    said = call(*FREEZE, *words, "--name", "spring")
    names = [f"spring-without-S{n}" for n in range(3)]
    assert list(Release.objects.order_by("id").values_list("name", flat=True)) == names
    assert said.count("Frozen: ") == 3
    document = json.loads(call(*FREEZE, *words, "--json"))
    assert [each["source"] for each in document["releases"]] == ["S0", "S1", "S2"]
    assert (document["skipped"], document["short"]) == ([], [])
    # Taken names: nothing is frozen again under them.
    assert "already" in fails(1, *FREEZE, *words, "--name", "spring")[1]


def test_leave_one_source_out_goes_on_after_a_shortage(garden: Garden) -> None:
    for _n in range(4):
        for label in garden.classes:
            garden.plant(label, source="S0")
    words = ["--train", 5, "--validate", 1, "--leave-one-source-out"]
    said, error = fails(1, *FREEZE, *words)
    assert "Without S0: Too few pictures" in said and "class-a" in said
    assert "without S0; nothing" in error and "--largest" in error
    assert Release.objects.count() == 2
    document = json.loads(fails(1, *FREEZE, *words, "--json")[0])
    assert [each["source"] for each in document["short"]] == ["S0"]
    assert [row["missing"] for row in document["short"][0]["shortage"]] == [2, 2, 2]


def test_a_source_without_accepted_pictures_is_skipped(garden: Garden) -> None:
    # CC0 is on the first and the fifth picture of each class, of S0 and S1.
    words = ["--train", 1, "--validate", 0, "--licences", "CC0", "--leave-one-source-out"]
    assert "S2 has no accepted picture" in call(*FREEZE, *words)
    assert json.loads(call(*FREEZE, *words, "--json"))["skipped"] == ["S2"]
    assert Release.objects.count() == 4

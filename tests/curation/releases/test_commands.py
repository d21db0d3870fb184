"""freeze, crosstab, export and verify on the command line: output, JSON and exit status."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from curation.models import Release
from curation.selectors import crosstab
from curation.services.exports.formats import FORMATS
from tests.curation.releases.conftest import Garden

pytestmark = pytest.mark.django_db


def call(*words: object) -> str:
    out = StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def fails(status: int, *words: object) -> tuple[str, str]:
    """What it wrote, and the error."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*map(str, words), stdout=out)
    assert caught.value.returncode == status
    return out.getvalue(), str(caught.value)


FREEZE = ["freeze", "--project", "flora", "--seed", 1]


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        (["--train", 2, "--test", 1, "--validate", 1], (2, 1, 1)),
        (["--per-class", 5], (3, 1, 1)),  # the project's 10:1:1 leaves at least one to test and to validate
        (["--per-class", 6, "--train", 2, "--test", 2, "--validate", 2], (2, 2, 2)),
        (["--per-class", 6, "--train", 4, "--validate", 1], (4, 1, 1)),
        (["--largest"], (4, 1, 1)),  # of 12 wanted, 6 are there
    ],
)
def test_sizes(garden: Garden, words: list[object], sizes: tuple[int, int, int]) -> None:
    project = garden.project
    project.train, project.test, project.validate = 10, 1, 1
    project.save()
    call(*FREEZE, *words)
    release = Release.objects.get()
    assert (release.train, release.test, release.validate) == sizes


@pytest.mark.parametrize(
    "words",
    [
        ["--per-class", 6, "--train", 2, "--test", 2, "--validate", 1],
        ["--per-class", 2],
        ["--per-class", 6, "--train", 7, "--test", 1],
        ["--per-class", 6, "--train", 3],
        ["--train", 3],
        ["--train", -1, "--test", 1, "--validate", 1],
        ["--per-class", -3],
    ],
)
def test_numbers_that_do_not_fit_are_a_usage_error(garden: Garden, words: list[object]) -> None:
    fails(2, *FREEZE, *words)
    assert not Release.objects.exists()


def test_freeze_says_what_it_made(garden: Garden) -> None:
    said = call(*FREEZE, "--train", 3, "--test", 1, "--validate", 1, "--name", "spring")
    release = Release.objects.get()
    assert said.startswith(
        "Frozen: spring, 3 classes × 5 = 15 pictures (3 train, 1 test, 1 validate per class)."
    )
    assert release.manifest_sha256 in said
    document = json.loads(call(*FREEZE, "--per-class", 3, "--balance", "even-sources", "--json"))
    assert (document["pictures"], document["balance"]) == (9, "even-sources")
    assert document["manifest_sha256"] == Release.objects.get(name=document["release"]).manifest_sha256


def test_a_shortage_is_a_table_and_status_1(garden: Garden) -> None:
    words = ["--train", 5, "--test", 1, "--validate", 1]
    table, error = fails(1, *FREEZE, *words)
    assert [line.split() for line in table.splitlines()[1:]] == [
        [f"class-{letter}", "6", "7", "1"] for letter in "abc"
    ]
    assert "(--largest)" in error
    document = json.loads(fails(1, *FREEZE, *words, "--json")[0])
    assert [row["missing"] for row in document["shortage"]] == [1, 1, 1]


def test_unknown_names(garden: Garden, release: Release, tmp_path: Path) -> None:
    assert "none" in fails(1, "freeze", "--project", "none", "--seed", 1)[1]
    for words in (["crosstab", "--release", "none"], ["export", "--release", "none", "--format", "dryad"]):
        out = ["--out", tmp_path / "out"] if words[0] == "export" else []
        assert "there are: first" in fails(1, *words, *out)[1]


@pytest.mark.parametrize("form", crosstab.FORMATS)
def test_crosstab_of_a_release_and_of_its_labels(release: Release, tmp_path: Path, form: str) -> None:
    made = call("crosstab", "--release", "first", "--format", form)
    call("export", "--release", "first", "--format", "tfrecord", "--out", tmp_path / "out")
    of_labels = call("crosstab", "--labels", tmp_path / "out" / "labels.tsv", "--format", form)
    if form == "html":
        assert "/releases/first/members/?category=class-a" in made
    else:
        assert made == of_labels
    assert call("crosstab", "--release", "first", "--split", "test", "--format", form) != made


def test_crosstab_usage(release: Release, tmp_path: Path) -> None:
    fails(2, "crosstab", "--labels", tmp_path / "x.tsv", "--split", "test")
    assert "cannot be read" in fails(1, "crosstab", "--labels", tmp_path / "x.tsv")[1]


def test_export_and_verify(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["export", "--release", "first", "--format", "dryad", "--out", out]
    error = fails(1, *words)[1]
    assert "--acknowledge-licences" in error and "CC-BY-SA-4.0" in error
    said = call(*words, "--acknowledge-licences")
    assert f"manage.py verify {out}" in said
    assert call("verify", out).startswith("Verified: ")
    document = json.loads(call("verify", out, "--json"))
    assert (document["ok"], document["pictures"], document["faults"]) == (True, 15, [])

    (out / "labels.tsv").write_text("nothing")
    with pytest.raises(SystemExit) as caught:
        call("verify", out)
    assert caught.value.code == 1
    assert "not empty" in fails(1, *words[:-3], "tfrecord", "--out", out)[1]


def test_verify_in_json_names_the_faults(release: Release, tmp_path: Path) -> None:
    call("export", "--release", "first", "--format", "tfrecord", "--out", tmp_path / "out")
    (tmp_path / "out" / "README.md").unlink()
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify", str(tmp_path / "out"), "--json", stdout=out)
    document = json.loads(out.getvalue())
    assert document["ok"] is False
    assert {"file": "README.md", "problem": "is missing"} in document["faults"]


def test_export_of_one_licence_in_json(release: Release, tmp_path: Path) -> None:
    words: list[Any] = ["export", "--release", "first", "--format", "dryad", "--out", tmp_path / "out"]
    document = json.loads(call(*words, "--licences", "CC0,CC0-1.0", "--json"))
    assert document["release"] == "first"
    assert {file["name"] for file in document["files"]} == {
        path.name for path in (tmp_path / "out").iterdir()
    }
    assert "'MIT'" in fails(1, *words, "--licences", "MIT")[1]


def test_every_format_is_written_and_verified_by_command(release: Release, tmp_path: Path) -> None:
    for name in FORMATS:
        words = ["export", "--release", "first", "--format", name, "--out", tmp_path / name]
        call(*words, "--acknowledge-licences", "--form", "jsonl", "--images", "https://media.example.org/")
        assert call("verify", tmp_path / name).startswith("Verified: "), name
    assert {path.suffix for path in (tmp_path / "labels").glob("votes.*")} == {".jsonl"}
    assert "https://media.example.org/" in (tmp_path / "label-studio" / "tasks.json").read_text()


def test_usage(release: Release, tmp_path: Path) -> None:
    words = ["export", "--release", "first", "--format", "tfrecord", "--out", tmp_path / "out"]
    fails(2, *words, "--shard-pictures", 0)
    fails(2, "verify", tmp_path / "none")


def test_a_folder_that_cannot_be_written(release: Release, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ["export", "--release", "first", "--format", "tfrecord", "--out", tmp_path / "file" / "out"]
    assert "cannot be written" in fails(1, *words)[1]

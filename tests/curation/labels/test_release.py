"""The formats `labels` and `label-studio` of a release: same bytes whatever is said later, and checked."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

import pytest
from frictionless import Package, system

from curation.errors import Refused
from curation.models import Decision, Release, Vote
from curation.services.export import write_export
from curation.services.exports.folder import checksums
from curation.services.labels.write import FORMS
from curation.services.progress import JobCancelled, NullProgress
from curation.services.reopen import reopen
from curation.services.review import NewVote, record_votes
from curation.services.verify import verify
from inference.files import sha256_of
from tests.curation.releases.conftest import Garden
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FORMATS = ["labels", "label-studio"]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def seal(folder: Path) -> None:
    """New checksums, as somebody would make them who changes a file on purpose."""
    names = {path.name: sha256_of(path) for path in folder.iterdir() if path.name != "SHA256SUMS"}
    (folder / "SHA256SUMS").write_bytes(checksums(names))


def faults(folder: Path) -> str:
    return "\n".join(map(str, verify(folder).faults))


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_in_order(release: Release, tmp_path: Path, format: str) -> None:
    listed = write_export(release, format, tmp_path / "out")
    assert {file["name"] for file in listed} == set(files(tmp_path / "out"))
    report = verify(tmp_path / "out", manifest_sha256=release.manifest_sha256)
    assert report.ok, report.faults
    assert report.pictures == 15 and report.format == format


def test_votes_and_decisions_of_the_members_only(release: Release, tmp_path: Path) -> None:
    write_export(release, "labels", tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").glob("*.parquet")} == {"votes", "decisions"}
    members = set(release.members.values_list("sha256", flat=True))
    for name in ("votes", "decisions"):
        lines = (tmp_path / "out" / f"{name}.jsonl").read_text().splitlines()
        assert sorted(json.loads(line)["sha256"] for line in lines) == sorted(members)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_said_later_changes_nothing(
    release: Release, garden: Garden, tmp_path: Path, format: str
) -> None:
    write_export(release, format, tmp_path / "before")
    first, second = (garden.project.candidates.get(image__sha256=m.sha256) for m in release.members.all()[:2])
    vote = Vote.objects.get(candidate=first)
    record_votes(garden.user, [NewVote(id=uuid.uuid4(), candidate=first.pk, kind="undo", undoes=vote.pk)])
    record_votes(make_user(), [NewVote(id=uuid.uuid4(), candidate=second.pk, kind="label", label="C")])
    reopen(make_user("lead"), [second.pk], "Look again")
    assert Decision.objects.filter(rule__in=["undone", "reopened"]).count() == 2
    write_export(release, format, tmp_path / "after")
    assert files(tmp_path / "before") == files(tmp_path / "after")


@pytest.mark.parametrize("format", FORMATS)
def test_a_part_by_licence(release: Release, tmp_path: Path, format: str) -> None:
    write_export(release, format, tmp_path / "out", licences=["CC0"])
    report = verify(tmp_path / "out")
    assert report.ok and report.pictures == release.members.filter(licence="CC0-1.0").count()


def test_one_form_alone(release: Release, tmp_path: Path) -> None:
    write_export(release, "labels", tmp_path / "out", options={"form": "parquet"})
    assert {path.name for path in (tmp_path / "out").glob("votes.*")} == {"votes.parquet"}
    assert verify(tmp_path / "out").ok
    with pytest.raises(Refused, match="'xlsx': expected one of tsv"):
        write_export(release, "labels", tmp_path / "other", options={"form": "xlsx"})


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_no_format_has_is_found(release: Release, tmp_path: Path, format: str) -> None:
    write_export(release, format, tmp_path / "out")
    (tmp_path / "out" / "people.tsv").write_text("reviewer-1\tcurator\n")
    seal(tmp_path / "out")
    assert "people.tsv: does not belong here" in faults(tmp_path / "out")


class Stopping(NullProgress):
    """Ends the work at the nth look."""

    left = 4

    def check(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise JobCancelled("cancelled")


def test_a_stopped_export_shows_nothing_and_goes_on(release: Release, tmp_path: Path) -> None:
    with pytest.raises(JobCancelled):
        write_export(release, "labels", tmp_path / "out", progress=Stopping())
    assert not (tmp_path / "out").exists()
    write_export(release, "labels", tmp_path / "out")
    write_export(release, "labels", tmp_path / "whole")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_frictionless_finds_nothing_wrong(release: Release, tmp_path: Path) -> None:
    for format in FORMATS:
        write_export(release, format, tmp_path / format)
        with system.use_context(trusted=True):
            report = Package(str(tmp_path / format / "datapackage.json")).validate()
        assert report.flatten(["type", "note"]) == []
    named = json.loads((tmp_path / "labels" / "datapackage.json").read_bytes())["resources"]
    assert [each["path"] for each in named] == [
        "labels.tsv", "attribution.tsv", "votes.tsv", "votes.csv", "decisions.tsv", "decisions.csv",
    ]  # fmt: skip


@pytest.fixture
def exported(release: Release, tmp_path: Path) -> Path:
    write_export(release, "labels", tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_says_something_else_is_found(exported: Path, form: str) -> None:
    path = exported / f"votes.{form}"
    if form == "parquet":
        shutil.copyfile(exported / "decisions.parquet", path)
    else:
        path.write_text(path.read_text().replace("class-a", "class-b", 1))
    seal(exported)
    assert "votes." in faults(exported)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("class-a", "class-b", "class is 'class-b'; manifest and votes give 'class-a'"),
        ("true\tS", "false\tS", "has no decision that holds"),
        ("\t1\t0\t1\t", "\t7\t0\t1\t", "votes_for is 7; manifest and votes give 1"),
        ("CC0-1.0", "CC-BY-4.0", "licence is 'CC-BY-4.0'"),
        ("flora", "fauna", "project is 'fauna'"),
        ("votes_for", "votes_pro", "the columns must be sha256"),
        ("\ttrue\t", "\tmaybe\t", "cannot be read"),
    ],
)
def test_decisions_that_do_not_fit_are_found(
    release: Release, tmp_path: Path, old: str, new: str, said: str
) -> None:
    write_export(release, "labels", tmp_path / "out", options={"form": "tsv"})
    path = tmp_path / "out" / "decisions.tsv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    seal(tmp_path / "out")
    assert said in faults(tmp_path / "out")


def test_a_lost_or_foreign_form_is_found(exported: Path) -> None:
    (exported / "votes.csv").unlink()
    seal(exported)
    assert "votes.csv: is missing" in faults(exported)
    facts = json.loads((exported / "release.json").read_text())
    (exported / "release.json").write_text(json.dumps(facts | {"forms": {"tsv": 2}}))
    assert "decisions.jsonl: is not among the forms of release.json" in faults(exported)
    (exported / "release.json").write_text(json.dumps(facts | {"forms": ["tsv"]}))
    assert "forms must name some of" in faults(exported)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tasks: tasks[1:], "has no task that is in order"),
        (lambda tasks: [*tasks, tasks[0]], "has a task already"),
        (lambda tasks: [*tasks, tasks[0] | {"meta": {"sha256": "0" * 64}}], "is not in the labels"),
        (lambda tasks: [tasks[0] | {"annotations": [{"result": []}]}, *tasks[1:]], "got 0"),
        (lambda tasks: [{**tasks[0], "meta": {**tasks[0]["meta"], "licence": "X"}}, *tasks[1:]], "meta.lic"),
        (
            lambda tasks: json.loads(json.dumps(tasks).replace('["class-a"]', '["class-x"]')),
            "is no choice of the configuration",
        ),
        (lambda tasks: {"tasks": tasks}, "expected a JSON array"),
    ],
)  # fmt: skip
def test_tasks_that_do_not_fit_are_found(release: Release, tmp_path: Path, change: object, said: str) -> None:
    write_export(release, "label-studio", tmp_path / "out")
    path = tmp_path / "out" / "tasks.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))  # type: ignore[operator]
    seal(tmp_path / "out")
    assert said in faults(tmp_path / "out")


def test_the_configuration_offers_every_class(release: Release, tmp_path: Path) -> None:
    write_export(release, "label-studio", tmp_path / "out")
    path = tmp_path / "out" / "labeling-config.xml"
    path.write_text(path.read_text().replace('alias="class-c"', 'alias="other"'))
    seal(tmp_path / "out")
    assert "does not offer class-c" in faults(tmp_path / "out")
    path.write_text("<View>")
    seal(tmp_path / "out")
    assert "labeling-config.xml: cannot be read" in faults(tmp_path / "out")

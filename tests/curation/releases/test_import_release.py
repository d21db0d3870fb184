"""A release comes back from its export: the same manifest and pictures, once, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from curation.errors import Refused
from curation.models import (
    AuditEntry,
    Batch,
    Candidate,
    Decision,
    Image,
    Project,
    Release,
    ReleaseMember,
    Source,
    Vote,
)
from curation.selectors.class_pictures import class_pictures
from curation.services import manifest
from curation.services.export import write_export
from curation.services.freeze import freeze
from curation.services.progress import JobCancelled, NullProgress
from curation.services.release_import import import_release
from curation.services.settle import lock_candidate, settle, standing
from curation.services.verify import verify
from tests.curation.releases.conftest import AsRole, Garden, text
from tests.curation.releases.forged import Forged
from tests.factories import make_candidate, make_image, make_project, make_user
from tests.worker import database_address

pytestmark = pytest.mark.django_db
_made: dict[str, Path] = {}

Exported = Callable[..., Path]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """`exported(release, "dryad")` gives an export; the release is forgotten after the first test, and the
    folders stay: with none it gives one that is there."""

    def give(format: str, release: Release | None = None, **options: Any) -> Path:
        name = f"{format}{options or ''}"
        if name not in _made:
            assert release is not None
            out = tmp_path_factory.mktemp("exports") / format
            write_export(release, format, out, acknowledged=True, **options)
            _made[name] = out
        return _made[name]

    yield give
    _made.clear()


@pytest.fixture
def dryad(exported: Exported, request: pytest.FixtureRequest) -> Path:
    """The folder of an export, in a database that knows nothing of it."""
    return without_rows(exported, request, "dryad")


def without_rows(exported: Exported, request: pytest.FixtureRequest, format: str, **options: Any) -> Path:
    from django.db import transaction

    name = f"{format}{options or ''}"
    if name not in _made:
        point = transaction.savepoint()
        release = request.getfixturevalue("release")
        exported(format, release, **options)
        transaction.savepoint_rollback(point)
    empty_media()
    assert not Image.objects.exists() and not Project.objects.exists()
    return exported(format, **options)


def empty_media() -> None:
    shutil.rmtree(configured.MEDIA_ROOT, ignore_errors=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("format", ["dryad", "croissant", "imagefolder"])
def test_it_comes_back_and_goes_out_the_same(
    exported: Exported, request: pytest.FixtureRequest, format: str, tmp_path: Path
) -> None:
    folder = without_rows(exported, request, format)
    found = import_release(folder)
    release = found.release
    assert found.made and (release.name, release.project.key) == ("first", "flora")
    assert b"".join(manifest.stored_lines(release)) == (folder / "manifest.txt").read_bytes()
    write_export(release, format, tmp_path / "again", acknowledged=True)
    before, after = contents(folder), contents(tmp_path / "again")
    # What is said of votes and reviewers cannot be the same: a release knows nothing of them.
    said = {"croissant.json", "release.json", "SHA256SUMS"} if format == "croissant" else set()
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == said
    # And as another format it is in order, too.
    write_export(release, "labels", tmp_path / "labels")
    assert verify(tmp_path / "labels", manifest_sha256=release.manifest_sha256).ok


def test_what_is_there_afterwards(dryad: Path) -> None:
    facts = json.loads((dryad / "release.json").read_text())
    release = import_release(dryad).release
    assert release.created_at.isoformat() == facts["frozen_at"] and release.software == facts["frozen_by"]
    project = release.project
    assert (project.title, project.train, project.test, project.validate) == ("Test project", 3, 1, 1)
    classes = list(project.classes.values_list("index", "key", "slug", "name"))
    assert classes == [
        (0, "A", "class-a", "Class A"),
        (1, "B", "class-b", "Class B"),
        (2, "C", "class-c", "Class C"),
    ]
    assert sorted(Source.objects.values_list("code", "kind")) == [(f"S{n}", "herbarium") for n in range(3)]
    batch = Batch.objects.get()
    assert (batch.kind, batch.state, batch.added, batch.origin) == ("release", "done", 15, "Release first")
    for member in release.members.select_related("image__licence", "image__source"):
        image = member.image
        assert image.sha256 == member.sha256 and image.source.code == member.source
        assert image.licence.identifier == member.licence and image.rights_holder == member.rights_holder
        assert min(image.width, image.height) == 192 and image.original_name == member.original_name
        own = default_storage.open(image.file_name("dataset")).read()
        assert len(own) == image.bytes and default_storage.open(image.file_name("review")).read() == own
        assert default_storage.exists(image.file_name("thumb"))
        assert not default_storage.exists(image.file_name("original"))
        candidate = Candidate.objects.select_related("label", "decision").get(image=image)
        assert candidate.label and candidate.label.slug == member.category and candidate.decision
        assert (candidate.decision.rule, candidate.decision.vote) == (Decision.Rule.IMPORTED, None)
        assert candidate.decision.created_at == release.created_at
    assert AuditEntry.objects.get(action="release.import").detail["pictures"] == 15
    # What was decided so can be frozen anew.
    assert freeze(project, seed=7, name="second", train=3, test=1, validate=1).members.count() == 15


def test_a_second_time_nothing_happens(dryad: Path) -> None:
    first = import_release(dryad).release
    again = import_release(dryad)
    assert (again.made, again.release) == (False, first)
    assert (Release.objects.count(), Image.objects.count(), Batch.objects.count()) == (1, 15, 1)


class Stops(NullProgress):
    """Stops the work at its nth step."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise JobCancelled


def test_stopped_before_its_rows_it_leaves_none(dryad: Path) -> None:
    with pytest.raises(JobCancelled):
        import_release(dryad, progress=Stops(1))
    assert not Image.objects.exists() and not Project.objects.exists() and not Release.objects.exists()
    left = contents(Path(configured.MEDIA_ROOT))
    assert left
    assert import_release(dryad).release.members.count() == 15
    assert left.items() <= contents(Path(configured.MEDIA_ROOT)).items()


@pytest.mark.parametrize("format", ["tfrecord", "datacite", "labels"])
def test_formats_that_cannot_come_back(
    exported: Exported, request: pytest.FixtureRequest, format: str
) -> None:
    folder = without_rows(exported, request, format)
    with pytest.raises(Refused, match=f"in the format {format}, which does not hold the pictures 192"):
        import_release(folder)
    assert not Project.objects.exists() and not Batch.objects.exists()


def test_a_part_cannot_come_back(exported: Exported, request: pytest.FixtureRequest) -> None:
    part = without_rows(exported, request, "dryad", licences=("CC0",))
    with pytest.raises(Refused, match=r"holds only a part of release first: pictures under CC-BY-4\.0"):
        import_release(part)
    assert not Project.objects.exists() and not Batch.objects.exists()


def test_a_damaged_export_is_refused_with_its_faults(dryad: Path, tmp_path: Path) -> None:
    shutil.copytree(dryad, tmp_path / "copy")
    (tmp_path / "copy" / "class-b.zip").unlink()
    with pytest.raises(Refused, match=r"not in order, so nothing was brought back\. class-b\.zip") as caught:
        import_release(tmp_path / "copy")
    assert {fault["file"] for fault in caught.value.extra["faults"]} == {"class-b.zip"}
    assert not Image.objects.exists() and not Path(configured.MEDIA_ROOT).exists()


def test_a_value_that_does_not_fit_leaves_nothing(dryad: Path, tmp_path: Path) -> None:
    """Somebody has made a manifest of his own, in which all agrees with all."""
    shutil.copytree(dryad, tmp_path / "copy")
    forged = Forged(tmp_path / "copy", "dryad")
    forged.everywhere("“0”", "“0” " + "x" * 400)
    forged.sign()
    assert verify(forged.folder).ok
    with pytest.raises(Refused, match="a value that cannot be kept here: value too long"):
        import_release(forged.folder)
    assert not Image.objects.exists() and not Project.objects.exists()


def test_a_project_with_the_same_classes_is_used(dryad: Path) -> None:
    project = make_project(3, key="flora", title="Mine")
    assert import_release(dryad).release.project == project
    project.refresh_from_db()
    assert (project.title, project.train) == ("Mine", 1)


def test_what_contradicts_it_is_named(dryad: Path) -> None:
    project = make_project(2, key="flora")
    with pytest.raises(Refused, match=r"Project flora is here with other classes: 0 class-a \(Class A\), 1 "):
        import_release(dryad)
    assert not Path(configured.MEDIA_ROOT).exists()
    Project.objects.filter(pk=project.pk).update(key="fauna")
    sha256 = (dryad / "manifest.txt").read_text().split("\n")[3].split("\t")[0]
    image = make_image(sha256=sha256, source="Elsewhere", licence="CC0-1.0")
    with pytest.raises(Refused, match=f"Picture {sha256} is here already with the source Elsewhere"):
        import_release(dryad)
    image.delete()
    default_storage.save(f"dataset/{sha256[:2]}/{sha256}.jpg", ContentFile(b"another"))
    with pytest.raises(Refused, match=f"Picture {sha256}: the file .* is not the one in the export"):
        import_release(dryad)
    assert not Release.objects.exists()


def test_another_release_of_that_name_stays(dryad: Path, make_garden: Callable[..., Garden]) -> None:
    garden = make_garden(key="flora")
    garden.fill(6)
    there = freeze(garden.project, seed=8, name="first", train=1, test=1, validate=1)
    with pytest.raises(Refused, match="There is another release 'first' here, of project flora"):
        import_release(dryad)
    assert Release.objects.get() == there


def test_pictures_that_are_here_keep_their_originals_and_votes(dryad: Path) -> None:
    project = make_project(3, key="flora")
    lines = [line.split("\t") for line in (dryad / "manifest.txt").read_text().split("\n")[3:-1]]
    row = manifest.Row(*lines[0])  # type: ignore[arg-type]
    image = make_image(sha256=row.sha256, source=row.source, licence=row.licence, width=4000, height=5000)
    candidate = make_candidate(project, image)
    release = import_release(dryad).release
    assert ReleaseMember.objects.get(release=release, sha256=row.sha256).image == image
    image.refresh_from_db()
    candidate.refresh_from_db()
    assert (image.width, candidate.state) == (4000, "open")
    batch = Batch.objects.get(kind="release")
    assert (batch.added, batch.duplicates, batch.seen) == (14, 1, 15)
    assert batch.problems.get().twin == image


def test_a_decision_of_a_release_rests_on_no_vote(dryad: Path) -> None:
    """Somebody whose page was old votes all the same, and takes it back: the release's word stands."""
    project = import_release(dryad).release.project
    candidate, user = Candidate.objects.filter(label__slug="class-a")[0], make_user("curator")
    own = {"candidate": candidate, "user": user}
    other = project.classes.get(slug="class-b")
    vote = Vote.objects.create(id=uuid.uuid4(), kind="label", label=other, **own)
    settle(lock_candidate(candidate.pk), vote, standing(candidate))
    undo = Vote.objects.create(id=uuid.uuid4(), kind="undo", undoes=vote, **own)
    settle(lock_candidate(candidate.pk), undo, standing(candidate))
    candidate.refresh_from_db()
    assert candidate.state == "decided" and candidate.label and candidate.label.slug == "class-a"


def test_pages_say_that_the_original_is_not_here(dryad: Path, as_role: AsRole) -> None:
    member = import_release(dryad).release.members.select_related("image")[0]
    client = as_role("reader")
    page = text(client, reverse("image", args=[member.sha256]))
    assert "The original is not here" in page and "Open the original" not in page
    assert "/pictures/original/" not in page
    assert "a release that was brought back says so" in page
    assert "first" in text(client, reverse("release", args=["first"]))
    text(as_role("admin"), reverse("batch", args=[member.image.batch_id]))
    # Nor are pages that enlarge pictures sent to look for it.
    candidate = Candidate.objects.select_related("label", "project").get(image=member.image)
    assert candidate.label is not None
    shown = class_pictures(candidate.project, candidate.label)["decided"]
    assert shown and all(one["original"] is None and one["review"] for one in shown)


def test_the_command(dryad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_release", str(dryad), "--json")
    said = json.loads(capsys.readouterr().out)
    manifest_sha256 = json.loads((dryad / "release.json").read_text())["manifest_sha256"]
    assert said == {
        "release": "first",
        "project": "flora",
        "manifest_sha256": manifest_sha256,
        "pictures": 15,
        "made": True,
    }
    call_command("import_release", str(dryad))
    assert capsys.readouterr().out == "Release first is here already; nothing was changed.\n"
    with pytest.raises(CommandError, match="is not a folder") as caught:
        call_command("import_release", str(dryad / "none"))
    assert caught.value.returncode == 2


@pytest.fixture
def empty_database(tmp_path: Path, db: None) -> Iterator[dict[str, str]]:
    """The environment of processes that use a database of their own, on the server of the tests."""
    name = f"second_{os.getpid()}"
    address = psycopg.conninfo.make_conninfo(database_address(), dbname="postgres")
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield os.environ | {
        "DATABASE_URL": psycopg.conninfo.make_conninfo(address, dbname=name),
        "VASCULUM_VAR": str(tmp_path / "second"),
    }
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=configured.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Ends like `kill -9` in the middle of the rows: the members are written, the hash of the manifest is not.
KILLED = """
import os, signal, sys, django
django.setup()
from pathlib import Path
from curation.services import manifest
from curation.services.release_import import import_release
manifest.stored_lines = lambda release: os.kill(os.getpid(), signal.SIGKILL)
import_release(Path(sys.argv[1]))
"""


def test_into_an_empty_database_killed_in_the_middle_and_out_again(
    dryad: Path, empty_database: dict[str, str], tmp_path: Path
) -> None:
    manage(empty_database, "migrate", "-v0")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(dryad)],
        cwd=configured.BASE_DIR,
        env=empty_database | {"DJANGO_SETTINGS_MODULE": "curation.settings"},
    )
    assert killed.returncode == -signal.SIGKILL
    with psycopg.connect(empty_database["DATABASE_URL"]) as server:
        for table in ("release", "releasemember", "image", "candidate", "decision", "project", "batch"):
            assert server.execute(f"SELECT count(*) FROM curation_{table}").fetchone() == (0,), table
    said = json.loads(manage(empty_database, "import_release", str(dryad), "--json"))
    assert said["made"] and said["pictures"] == 15
    again = str(tmp_path / "again")
    words = ["export", "--release", "first", "--format", "dryad", "--out", again, "--acknowledge-licences"]
    manage(empty_database, *words)
    assert contents(Path(again)) == contents(dryad)

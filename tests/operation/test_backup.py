"""A restored backup gives the same site: rows, release manifests, pictures. A damaged one is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from curation.errors import Refused
from curation.models import Image, Release, Vote
from curation.services.backup import backup, check, facts, restore
from curation.services.progress import NullProgress
from tests.operation.conftest import manage
from tests.worker import database_address

pytestmark = pytest.mark.django_db(transaction=True)
FORBIDDEN = psycopg.errors.IntegrityConstraintViolation


@pytest.fixture
def made(garden: Any, release: Release, tmp_path: Path, settings: Any) -> Path:
    settings.SCREENINGS_DIR = tmp_path / "stores" / "screenings"
    settings.VAR_DIR = tmp_path / "stores"
    log = settings.RUNS_DIR / "one" / "log.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text('{"epoch": 1}\n')
    (settings.RUNS_DIR / "one" / ".half-written.keras").write_text("half")
    backup(tmp_path / "first", NullProgress())
    return tmp_path / "first"


def rows(address: str) -> dict[str, list[Any]]:
    """What must survive, read without Django."""
    asked = {
        "releases": "SELECT name, manifest_sha256 FROM curation_release ORDER BY name",
        "votes": "SELECT * FROM curation_vote ORDER BY id",
        "decisions": "SELECT * FROM curation_decision ORDER BY id",
        "images": "SELECT sha256, original_name FROM curation_image ORDER BY sha256",
    }
    with psycopg.connect(address) as connection:
        return {name: connection.execute(query).fetchall() for name, query in asked.items()}


def test_a_restore_gives_the_same_site(
    made: Path, release: Release, empty_database: str, tmp_path: Path
) -> None:
    before = rows(database_address())
    assert before["images"] and before["decisions"]
    var = tmp_path / "other"
    done = manage("restore", str(made), database=empty_database, var=var)
    assert done.returncode == 0, done.stderr
    assert "1 releases have the manifest they had." in done.stdout
    assert "The secret key is another one" in done.stdout
    assert rows(empty_database) == before
    for image in Image.objects.all():
        place = var / "media" / image.file_name(Image.Rendition.DATASET)
        assert place.read_bytes()[:2] == b"\xff\xd8"
    assert (var / "runs" / "one" / "log.jsonl").is_file()
    assert not (var / "runs" / "one" / ".half-written.keras").exists()
    # What forbids changes came along, too.
    with psycopg.connect(empty_database) as connection, pytest.raises(FORBIDDEN):
        connection.execute("DELETE FROM curation_decision")
    again = manage("restore", str(made), database=empty_database, var=var)
    assert again.returncode == 1 and "a backup goes into an empty one only" in again.stderr


@pytest.mark.parametrize("harm", ["changed", "shorter", "gone", "dump", "list", "added"])
def test_a_damaged_backup_is_refused_by_name(made: Path, harm: str) -> None:
    picture = next(path for path in sorted((made / "files/media").rglob("*")) if path.is_file())
    name = picture.relative_to(made).as_posix()
    match harm:
        case "changed":
            picture.write_bytes(bytes([picture.read_bytes()[0] ^ 1]) + picture.read_bytes()[1:])
        case "shorter":
            os.truncate(picture, 10)
        case "gone":
            picture.unlink()
        case "dump":
            name = "database.dump"
            content = (made / name).read_bytes()
            (made / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "list":
            name = "files.jsonl"
            lines = (made / name).read_text().splitlines(keepends=True)
            (made / name).write_text("".join(lines[:-1]))
        case "added":
            name = "files"
            (made / "files" / "media" / "more.jpg").write_bytes(b"more")
    _, faults = check(made, NullProgress())
    assert len(faults) == 1 and faults[0].startswith(f"{name}: ")
    with pytest.raises(Refused, match=name.replace(".", r"\.")):
        restore(made, NullProgress())
    with pytest.raises(SystemExit):
        call_command("backup", verify=made)


def test_the_next_backup_links_what_has_not_changed(made: Path, tmp_path: Path, settings: Any) -> None:
    (settings.RUNS_DIR / "one" / "log.jsonl").write_text('{"epoch": 2}\n')
    manifest = backup(tmp_path / "second", NullProgress(), since=made)
    pictures = [path for path in (made / "files/media").rglob("*") if path.is_file()]
    assert manifest["linked"] == len(pictures) > 0
    for path in pictures:
        assert path.samefile(tmp_path / "second" / path.relative_to(made))
    assert "2" in (tmp_path / "second/files/runs/one/log.jsonl").read_text()
    assert check(tmp_path / "second", NullProgress())[1] == []


def test_the_numbers_are_those_of_the_moment_of_the_dump(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["rows"] == facts.counts() and manifest["rows"]["curation_vote"] == Vote.objects.count()
    assert manifest["releases"] == facts.manifests_anew()
    assert oct(made.stat().st_mode)[-3:] == "700"


def test_what_cannot_be_a_backup_is_refused(made: Path, tmp_path: Path, settings: Any) -> None:
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", out=made)
    with pytest.raises(CommandError, match="which is to be backed up"):
        call_command("backup", out=Path(settings.MEDIA_ROOT) / "backup")
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("backup", out=tmp_path / "third", since=tmp_path)
    text = (made / "manifest.json").read_text()
    (made / "manifest.json").write_text(text.replace('"0012_', '"9999_'))
    with pytest.raises(Refused, match=r"newer version .* does not know curation\.9999_"):
        restore(made, NullProgress())

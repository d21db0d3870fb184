"""`manage.py ingest` for archives and lists, `download`, `undo_batch`: what they print, how they end."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.models import Batch, Image, Job, MediaRecord, Source
from tests.curation.fetching.server import Server, picture, status
from tests.curation.imports.lists import jpeg, row, write_list
from tests.shared import SHARED

pytestmark = pytest.mark.django_db(transaction=True)


def ingest(*words: object, **options: Any) -> str:
    out = io.StringIO()
    call_command("ingest", *map(str, words), stdout=out, **options)
    return out.getvalue()


def test_a_dry_run_says_what_would_come_in_and_leaves_nothing(tmp_path: Path) -> None:
    path = write_list(tmp_path, [row(1), row(2, license=""), row(3, url="nowhere")])
    said = ingest(path, "--source", "K", "--dry-run")
    assert "3 rows; 1 would be fetched; 1 are refused" in said
    assert "no-licence" in said and "(row 3)" in said
    assert "bad-address" in said and "(row 4)" in said
    assert "from pictures.example.org" in said
    assert "Nothing was written." in said
    assert not Batch.objects.exists()
    assert not MediaRecord.objects.exists()


def test_a_list_is_imported_and_its_pictures_fetched(
    server: Server, fetch: Callable[[], Job], tmp_path: Path
) -> None:
    server.on("/1.jpg", picture(jpeg(1)))
    server.on("/2.jpg", status(404))
    path = write_list(tmp_path, [row(1), row(2)])
    said = ingest(path, "--source", "K")
    assert "http-404" in said and "(row 3)" in said
    batch = Batch.objects.get()
    assert f"Batch {batch.pk}: 2 rows: 1 added, 1 failed." in said
    assert Image.objects.count() == 1
    again = json.loads(ingest(path, "--source", "K", "--json"))
    assert (again["rows"], again["duplicate"]) == (2, 2)
    assert len(server.asked("/2.jpg")) == 1


def test_a_list_with_one_wrong_column_can_be_read_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("id\tsomewhere\tlicense\n1\thttp://pictures.example.org/1.jpg\tCC0\n")
    with pytest.raises(CommandError, match="somewhere"):
        ingest(path, "--source", "K", "--no-download")
    assert not Batch.objects.exists()
    ingest(path, "--source", "K", "--no-download", "--column", "access_uri=somewhere")
    assert MediaRecord.objects.get().access_uri == "http://pictures.example.org/1.jpg"
    with pytest.raises(CommandError, match="nothing"):
        ingest(path, "--source", "K", "--no-download", "--column", "access_uri=nothing")


def test_what_is_no_delivery_is_refused_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as out:
        out.writestr("holiday.txt", "no table\n")
    slip = tmp_path / "slip.zip"
    with zipfile.ZipFile(slip, "w") as out:
        out.writestr("meta.xml", "<archive/>")
        out.writestr("../../evil.txt", "x")
    for path in (broken, foreign, slip, tmp_path / "missing.tsv"):
        with pytest.raises(CommandError) as caught:
            ingest(path, "--source", "K")
        assert {path.name, "holiday.txt"} & set(str(caught.value).replace(":", " ").split())
        assert "\n" not in str(caught.value)
    assert not Batch.objects.exists()
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_folder_needs_source_and_licence(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    with pytest.raises(CommandError, match="--source"):
        ingest(tmp_path)
    with pytest.raises(CommandError, match="--licence"):
        ingest(tmp_path, "--source", "K")


def test_a_folder_can_be_looked_through_first(tmp_path: Path) -> None:
    for name, content in {"a.jpg": jpeg(1), "b.jpg": jpeg(1), "c.jpg": b"no picture"}.items():
        (tmp_path / name).write_bytes(content)
    said = ingest(tmp_path, "--source", "K", "--licence", "CC0", "--dry-run")
    assert "3 rows" in said and "1 would be added" in said
    assert not Image.objects.exists()
    assert not Batch.objects.exists()


def test_the_published_sources_are_there(tmp_path: Path) -> None:
    ingest(write_list(tmp_path, [row(1)]), "--no-download")
    assert Source.objects.filter(code="BHL", name="Biodiversity Heritage Library").exists()


def test_download_and_undo(server: Server, fetch: Callable[[], Job], tmp_path: Path) -> None:
    server.on("/1.jpg", picture(jpeg(1)))
    ingest(write_list(tmp_path, [row(1)]), "--source", "K", "--no-download")
    out = io.StringIO()
    call_command("download", "--json", stdout=out)
    assert json.loads(out.getvalue())["settled"] == 1
    batch = Batch.objects.get()
    call_command("undo_batch", str(batch.pk), stdout=out)
    assert f"Batch {batch.pk} is taken back: 1 picture removed." in out.getvalue()
    with pytest.raises(CommandError, match="taken back"):
        call_command("undo_batch", str(batch.pk))
    with pytest.raises(CommandError, match="no batch 999"):
        call_command("undo_batch", "999")


@pytest.mark.shared_data
def test_the_real_gbif_archive_goes_through_and_names_every_record_without_media() -> None:
    path = SHARED / "dwca" / "gbif-results.zip"
    said = ingest(path, "--dry-run")
    assert "158 rows" in said and "no-multimedia" in said
    assert not Batch.objects.exists()
    said = ingest(path)
    batch = Batch.objects.get()
    assert f"Batch {batch.pk}: 158 rows: 158 refused." in said
    batch.refresh_from_db()
    assert batch.state == Batch.State.DONE

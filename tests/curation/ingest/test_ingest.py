"""A folder goes in: what is added, what is refused by which rule, and that nothing is stored twice."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image as Pillow

from curation.imaging.hashing import hamming
from curation.models import Batch, BatchProblem, Candidate, Image, Project
from curation.services.ingest import fill_batch, ingest_folder, request_ingest, start_batch
from curation.services.ingest_items import folder_items
from curation.services.progress import NullProgress
from tests.factories import make_licence, make_project, make_source
from tests.shared import SPECIMENS

pytestmark = pytest.mark.django_db


def picture(path: Path, seed: int, size: tuple[int, int] = (300, 400), **options: object) -> Path:
    """A photograph-like picture: blurred noise, so that two seeds are no near-duplicates."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (12, 9, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(small).resize(size, Pillow.Resampling.BICUBIC).save(path, **options)
    return path


def bomb(path: Path) -> Path:
    """A PNG header that declares 10^10 pixels and holds none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))
    return path


def ingest(folder: Path, project: Project | None = None) -> Batch:
    return ingest_folder(folder, project=project, source=make_source("MICH"), licence=make_licence())


def test_adds_pictures_with_files_and_candidates(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.jpg", 1, (2200, 3000))
    picture(tmp_path / "in" / "deep" / "b.png", 2)
    project = make_project()

    batch = ingest(tmp_path / "in", project)

    assert (batch.seen, batch.added, batch.duplicates, batch.refused) == (2, 2, 0, 0)
    first, second = Image.objects.order_by("original_name")
    assert (first.original_name, second.original_name) == ("a.jpg", "deep/b.png")
    assert (first.width, first.height, first.format, first.source.code) == (2200, 3000, "JPEG", "MICH")
    assert Candidate.objects.filter(project=project, state="open").count() == 2
    with default_storage.open(first.file_name("original")) as file:
        assert file.read() == (tmp_path / "in" / "a.jpg").read_bytes()
    sizes = {}
    for rendition in ("review", "dataset", "thumb"):
        with default_storage.open(first.file_name(rendition)) as file:
            sizes[rendition] = Pillow.open(io.BytesIO(file.read())).size
    assert min(sizes["review"]) == 1024
    assert min(sizes["dataset"]) == 192
    assert max(sizes["thumb"]) == 320


def test_every_bad_file_is_named_with_its_rule(tmp_path: Path) -> None:
    picture(tmp_path / "good.jpg", 1)
    (tmp_path / "page.jpg").write_text("<!DOCTYPE html><html><body>Click here</body></html>")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.txt").write_text("a letter")
    cut = picture(tmp_path / "cut.jpg", 2).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(cut[: len(cut) // 2])
    bomb(tmp_path / "bomb.png")
    (tmp_path / "link.jpg").symlink_to("/etc/passwd")
    (tmp_path / ".DS_Store").write_text("x")

    batch = ingest(tmp_path)

    rules = dict(batch.problems.values_list("file", "rule"))
    assert rules == {
        "page.jpg": "disguised",
        "empty.jpg": "empty",
        "notes.txt": rules["notes.txt"],
        "cut.jpg": "broken",
        "bomb.png": "bomb",
    }
    assert rules["notes.txt"] in {"disguised", "unsupported"}
    for problem in batch.problems.all():
        assert problem.file in problem.message
    assert (batch.added, batch.refused) == (1, 5)


def test_a_duplicate_is_refused_with_the_name_of_its_twin(tmp_path: Path) -> None:
    content = picture(tmp_path / "one" / "first.jpg", 1).read_bytes()
    (tmp_path / "one" / "again.jpg").write_bytes(content)
    batch = ingest(tmp_path / "one")
    problem = batch.problems.get()
    assert problem.kind == BatchProblem.Kind.DUPLICATE
    assert problem.file == "first.jpg" and "again.jpg of MICH" in problem.message
    assert problem.twin == Image.objects.get()


def test_running_again_adds_nothing_and_says_so(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 1)
    project, other = make_project(), make_project()
    ingest(tmp_path, project)
    again = ingest(tmp_path, project)
    assert (again.added, again.duplicates, Image.objects.count()) == (0, 1, 1)
    # A picture is stored once and may be asked about in another project.
    ingest(tmp_path, other)
    assert Candidate.objects.filter(image=Image.objects.get()).count() == 2


def test_an_interrupted_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(40):
        picture(tmp_path / f"{number:02}.jpg", number)
    source, licence = make_source(), make_licence()
    batch = start_batch("x", None, source, licence, None)

    class PulledPlug(NullProgress):
        def advance(self, n: int = 1) -> None:
            raise KeyboardInterrupt

    items = folder_items(tmp_path, source=source, licence=licence)
    with pytest.raises(KeyboardInterrupt):
        fill_batch(batch, items, PulledPlug())
    assert 0 < batch.images.count() < 40
    fill_batch(batch, items, NullProgress())
    assert (batch.added, batch.duplicates, batch.images.count()) == (40, 0, 40)


def test_near_duplicates_share_a_group_whatever_the_order(tmp_path: Path) -> None:
    picture(tmp_path / "1" / "sheet.jpg", 7, quality=95)
    with Pillow.open(tmp_path / "1" / "sheet.jpg") as sheet:
        (tmp_path / "2").mkdir()
        sheet.resize((450, 600)).save(tmp_path / "2" / "larger.jpg", quality=60)
    picture(tmp_path / "2" / "other.jpg", 8)
    ingest(tmp_path / "1")
    ingest(tmp_path / "2")
    groups = dict(Image.objects.values_list("original_name", "group"))
    assert groups["sheet.jpg"] == groups["larger.jpg"] != groups["other.jpg"]
    pair = Image.objects.filter(original_name__in=["sheet.jpg", "larger.jpg"])
    assert groups["sheet.jpg"] == min(image.sha256 for image in pair)
    assert hamming(*[image.dhash % 2**64 for image in pair]) <= 4


def test_a_missing_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere: there is no .*nowhere"):
        call_command("ingest", str(tmp_path / "nowhere"), source="X", licence="CC0")


def test_an_unknown_licence_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 1)
    with pytest.raises(CommandError, match="'CC-BY-ND' is not one that is accepted"):
        call_command("ingest", str(tmp_path), source="X", licence="CC-BY-ND")
    assert not Image.objects.exists()


def test_a_request_is_a_batch_with_a_job(tmp_path: Path) -> None:
    batch = request_ingest(tmp_path, source=make_source(), licence=make_licence(), origin="upload")
    assert batch.job is not None and batch.job.state == "queued"


@pytest.mark.shared_data
def test_the_real_photographs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ingest", str(SPECIMENS), source="REAL", licence="CC-BY", json=True)
    report = json.loads(capsys.readouterr().out)
    assert (report["added"], report["duplicates"], report["refused"]) == (25, 0, 1)
    assert [problem["file"] for problem in report["problems"]] == ["reference_logits.tsv"]
    turned = Image.objects.get(original_name="AAFC_0a476e41d398.jpg")  # EXIF orientation 6
    assert (turned.width, turned.height) == (1068, 1600)
    with default_storage.open(turned.file_name("review")) as file:
        review = Pillow.open(file)
        assert review.size == (1024, 1534) and 274 not in review.getexif()
    for image in Image.objects.all():
        # Sides are rounded once, from those of the original, also where it was decoded at a reduced scale.
        scale = min(1.0, 1024 / min(image.width, image.height))
        with default_storage.open(image.file_name("review")) as file:
            assert Pillow.open(file).size == (round(image.width * scale), round(image.height * scale))

"""A whole export as one ZIP."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from curation.errors import Refused
from curation.services.exports.bundle import bundle


def test_holds_every_file_unchanged_and_twice_the_same_bytes(tmp_path: Path) -> None:
    contents = {
        "README.md": b"words",
        "a.zip": bytes(range(256)) * 9000,
        "empty.tsv": b"",
        # Two of one name, as in an export of folders.
        "train/class-a/1.jpg": b"one",
        "test/class-a/1.jpg": b"another",
    }
    for name, content in contents.items():
        (tmp_path / "dryad-1" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dryad-1" / name).write_bytes(content)
    whole = b"".join(bundle(tmp_path / "dryad-1", contents))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == {
            f"dryad-1/{name}": content for name, content in contents.items()
        }
    (tmp_path / "dryad-1" / "README.md").touch()
    assert whole == b"".join(bundle(tmp_path / "dryad-1", contents))


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    (tmp_path / "big.zip").write_bytes(bytes(40 << 20))
    tracemalloc.start()
    total = sum(len(piece) for piece in bundle(tmp_path, ["big.zip"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 40 << 20 and peak < 8 << 20


def test_a_lost_file_is_said_before_the_first_byte(tmp_path: Path) -> None:
    (tmp_path / "there.tsv").write_text("x")
    (tmp_path / "link.tsv").symlink_to("/etc/passwd")
    for gone in ("gone.tsv", "link.tsv"):
        with pytest.raises(Refused, match=f"{gone} is gone"):
            bundle(tmp_path, ["there.tsv", gone])

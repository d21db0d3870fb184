"""Archives written straight through are, byte for byte, those of zipfile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from curation.services.exports import stored_zip
from curation.services.exports.stored_zip import StoredZip


def ours(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with StoredZip(out) as archive:
        for name, content in files.items():
            archive.add(name, content)
    return out.getvalue()


def theirs(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content)
    return out.getvalue()


def test_the_bytes_are_those_of_zipfile() -> None:
    files = {f"class/{n}.jpg": bytes([n]) * (n * 97) for n in range(40)}
    assert ours(files) == theirs(files)
    assert ours({}) == theirs({})


def test_more_files_than_16_bits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{n}": b"" for n in range(stored_zip.MOST_FILES + 2)}
    assert ours(files) == theirs(files)


def test_more_bytes_than_32_bits_count(tmp_path: Path) -> None:
    """Behind 5 GB that are a hole in the file, as zipfile writes there."""
    hole, made = 5_000_000_000, {}
    for way in ("ours", "theirs"):
        path = tmp_path / way
        with path.open("w+b") as file:
            file.seek(hole)
            if way == "ours":
                with StoredZip(file) as archive:
                    archive.add("a.jpg", b"picture")
            else:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as other:
                    member = zipfile.ZipInfo("a.jpg", (1980, 1, 1, 0, 0, 0))
                    member.create_system, member.external_attr = 3, 0o100644 << 16
                    other.writestr(member, b"picture")
            file.seek(hole)
            made[way] = file.read()
    assert made["ours"] == made["theirs"]
    with zipfile.ZipFile(tmp_path / "ours") as read:
        assert read.read("a.jpg") == b"picture"


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnicodeEncodeError):
        ours({"käfer.jpg": b""})
    monkeypatch.setattr(stored_zip, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="11 bytes"):
        ours({"a": b"x" * 11})


def test_no_end_is_written_where_the_work_fails() -> None:
    out = io.BytesIO()
    with pytest.raises(RuntimeError), StoredZip(out) as archive:
        archive.add("a", b"x")
        raise RuntimeError
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(out.getvalue()))

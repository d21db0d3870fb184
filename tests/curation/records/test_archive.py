"""Archives made to do harm, and archives that were damaged on the way."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from curation.records import ArchiveLimits, RecordsError, detect, open_delivery
from curation.records.archive import Archive
from tests.curation.records.builders import write_zip

LIST = "url\nhttps://a.example.org/1.jpg\n"


def refusal(path: Path, limits: ArchiveLimits | None = None) -> RecordsError:
    work = path.parent / "work"
    work.mkdir(exist_ok=True)
    with pytest.raises(RecordsError) as error:
        open_delivery(path, work=work, limits=limits)
    assert [each for each in work.rglob("*") if each.is_file()] == []
    return error.value


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ("../list.tsv", "leads out of its folder"),
        ("a/../../list.tsv", "leads out of its folder"),
        ("/etc/list.tsv", "is an absolute path"),
        ("C:/list.tsv", "is an absolute path"),
        ("..\\list.tsv", "leads out of its folder"),
        ("a//list.tsv", "leads out of its folder"),
        ("li\x01st.tsv", "holds control characters"),
        ("x" * 300 + ".tsv", "has a part of more than 200 bytes"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, member: str, why: str) -> None:
    error = refusal(write_zip(tmp_path / "a.zip", {member: LIST}))
    assert error.rule == "unsafe-name"
    assert why in str(error)
    assert "The archive is not opened; ask who made it for another." in str(error)
    assert not (tmp_path / "list.tsv").exists()


def test_links(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("list.tsv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    error = refusal(tmp_path / "a.zip")
    assert (error.rule, "is a link to another file" in str(error)) == ("unsafe-name", True)


def test_the_same_name_twice(tmp_path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("list.tsv", LIST)
        archive.writestr("LIST.tsv", LIST)
    error = refusal(tmp_path / "a.zip")
    assert (error.rule, "'LIST.tsv' twice" in str(error)) == ("duplicate-member", True)


def test_a_bomb_that_says_so(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"list.tsv": "url\n" + "0" * 20_000_000})
    error = refusal(path)
    assert error.rule == "bomb"
    assert "list.tsv unpacks from" in str(error)
    assert "at most 250 times as much is taken" in str(error)


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"list.tsv": LIST + "0" * 3_000_000})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", raw, raw.index(mark) + offset, 1000)
    path.write_bytes(raw)
    assert refusal(path).rule in ("bomb", "damaged")


def test_more_bytes_in_all_than_are_taken(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"meta.xml": "x" * 900, "b.txt": "y" * 900})
    archive = Archive(path, "a.zip", ArchiveLimits(total_bytes=1000))
    archive.extract("b.txt", tmp_path / "out" / "b.txt")
    with pytest.raises(RecordsError, match="unpacks to more than the archive says or is taken") as error:
        archive.extract("meta.xml", tmp_path / "out" / "meta.xml")
    assert error.value.rule == "bomb"
    assert not (tmp_path / "out" / "meta.xml").exists()


def test_too_many_members(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{n}.txt": "" for n in range(20)})
    error = refusal(path, ArchiveLimits(members=19))
    assert (error.rule, str(error)) == ("bomb", "a.zip: holds 20 files; at most 19 are taken.")


def test_a_list_of_members_that_would_fill_the_memory(tmp_path: Path) -> None:
    raw = bytearray(write_zip(tmp_path / "a.zip", {"list.tsv": LIST}).read_bytes())
    struct.pack_into("<I", raw, raw.rindex(b"PK\x05\x06") + 12, 0xFFFF_FFFE)
    (tmp_path / "a.zip").write_bytes(raw)
    assert refusal(tmp_path / "a.zip").rule == "bomb"


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_cut_off(tmp_path: Path, keep: float) -> None:
    path = write_zip(tmp_path / "a.zip", {"list.tsv": LIST * 50, "b.txt": "b" * 300})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    error = refusal(path)
    assert error.rule == "damaged"
    assert "Fetch it again." in str(error)


def test_a_flipped_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("list.tsv", LIST)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"example")] ^= 1
    path.write_bytes(raw)
    error = refusal(path)
    assert (error.rule, "the ZIP archive is cut off or damaged" in str(error)) == ("damaged", True)


def test_locked_with_a_password(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"list.tsv": LIST})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    path.write_bytes(raw)
    error = refusal(path)
    assert (error.rule, str(error)) == (
        "encrypted",
        "a.zip: list.tsv is locked with a password. Send it without one.",
    )


def test_no_room_on_the_disk(tmp_path: Path) -> None:
    error = refusal(write_zip(tmp_path / "a.zip", {"list.tsv": LIST}), ArchiveLimits(keep_free=1 << 60))
    assert (error.rule, "Make room and try again." in str(error)) == ("no-room", True)


def test_a_zip_within_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("list.tsv", LIST)
    error = refusal(write_zip(tmp_path / "a.zip", {"inner.zip": inner.getvalue()}))
    assert (error.rule, "a ZIP without a meta.xml (it holds inner.zip)" in str(error)) == ("wrong-kind", True)


def test_what_file_managers_leave_is_passed_over(tmp_path: Path) -> None:
    members = {"list.tsv": LIST, "__MACOSX/._list.tsv": "\0" * 50, ".DS_Store": "x"}
    path = write_zip(tmp_path / "a.zip", members)
    assert detect(path) == "list"
    with open_delivery(path, work=tmp_path) as delivery:
        assert [row.file for row in delivery.rows()] == ["list.tsv"]

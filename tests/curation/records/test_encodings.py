"""Lists in the encodings that spreadsheets write."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tests.curation.records.test_lists import URL, read, refusal

NAME = "Müller Žofín"
TEXT = f"creator\turl\n{NAME}\t{URL.format(1)}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.tsv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_a_word(path: Path, encoding: str) -> None:
    (medium,), problems = read(path, TEXT.encode(encoding))
    assert (medium.creator, problems) == (NAME, [])


def test_big_endian_with_its_mark(path: Path) -> None:
    (medium,), problems = read(path, codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))
    assert (medium.creator, problems) == (NAME, [])


def test_windows_1252_is_read_and_said(path: Path) -> None:
    text = f"creator\turl\nSmith\t{URL.format(0)}\nMüller\t{URL.format(1)}\n"
    media, problems = read(path, text.encode("cp1252"))
    assert [m.creator for m in media] == ["Smith", "Müller"]
    assert [(each.row, each.rule, each.value, each.note) for each in problems] == [
        (3, "encoding", "0xFC", True)
    ]
    assert problems[0].message == (
        "line 3 holds the byte 0xFC, which is not UTF-8; the whole text was read as Windows-1252. "
        "Look at names with accents; if they are wrong, save the list as UTF-8 and send it again."
    )


def test_one_bad_row_in_a_utf8_list_leaves_the_others_as_they_are(path: Path) -> None:
    good = TEXT.encode()
    media, problems = read(path, good + b"M\xfcller\t" + URL.format(2).encode() + b"\n")
    assert [m.creator for m in media] == [NAME]
    assert [(each.row, each.rule, each.column, each.note) for each in problems] == [
        (3, "encoding", "creator", False)
    ]
    assert "creator holds the byte 0xFC, which is not UTF-8" in problems[0].message


def test_neither_utf8_nor_windows_1252(path: Path) -> None:
    error = refusal(path, b"creator\turl\n\n\xfc\x81\t" + URL.format(2).encode() + b"\n")
    assert error.rule == "encoding"
    assert str(error) == (
        "list.tsv: line 3 holds the byte 0xFC, which is not UTF-8, and the text is not Windows-1252 either. "
        "Save it as UTF-8 and send it again."
    )


def test_a_character_cut_off_at_the_end(path: Path) -> None:
    _, problems = read(path, TEXT.encode() + b"x\t" + URL.format(2).encode() + b"\xc3")
    assert [(each.row, each.rule) for each in problems] == [(3, "encoding")]


def test_utf16_without_its_mark(path: Path) -> None:
    error = refusal(path, ("url\n" + f"{URL.format(1)}\n" * 9).encode("utf-16-le"))
    assert error.rule == "encoding"
    assert "looks like UTF-16 without its mark. Save it as UTF-8." in str(error)


def test_broken_utf16(path: Path) -> None:
    error = refusal(path, TEXT.encode("utf-16") + b"\x00\xd8\x00\x00")
    assert error.rule == "encoding"
    assert "begins as UTF-16 but can't be read so after line" in str(error)

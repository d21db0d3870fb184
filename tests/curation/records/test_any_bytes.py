"""Whatever the bytes are, a reader answers in words: RecordsError for the whole, Problem for a row."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.records import (
    AddressProblem,
    Medium,
    Problem,
    RecordsError,
    check_address,
    manifest_images,
    open_delivery,
)
from tests.curation.records.builders import DCTERMS, OCCURRENCE, SIMPLE, meta, section

PIECES = st.sampled_from(
    [b"url", b"\t", b",", b";", b"\n", b"\r", b'"', b'""', b"https://a.example.org/1.jpg", b"\0", b"\xff",
     b"\xfc", "ü".encode(), b"\xef\xbb\xbf", b"\xff\xfe", b" ", b"\x85", b"\xed\xa0\x80", b"file:///x",
     b"1", b"|"]
)  # fmt: skip
LISTS = st.one_of(
    st.binary(max_size=300),
    st.lists(PIECES, max_size=60).map(b"".join),
    st.lists(PIECES, max_size=60).map(lambda pieces: b"url\tfamily\n" + b"".join(pieces)),
    st.lists(PIECES, max_size=60).map(lambda pieces: b"family,url\r\n" + b"".join(pieces)),
    st.text(max_size=100).map(lambda text: ("url\tfamily\n" + text).encode("utf-16", "surrogatepass")),
)
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_all(path: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        try:
            with open_delivery(path, work=Path(work)) as delivery:
                rows = list(delivery.rows())
                said = [*delivery.headers, *delivery.columns.values(), *delivery.unknown]
        except RecordsError as error:
            assert error.rule
            assert str(error).endswith((".", ")"))
            return
    assert all(len(each) <= 200 and "\0" not in each and each.encode() is not None for each in said)
    for row in rows:
        assert isinstance(row, Medium | Problem)
        texts = [each for each in row if isinstance(each, str)]
        assert all("\0" not in text for text in texts)
        for text in texts:
            text.encode()  # can be stored
        if isinstance(row, Medium):
            assert row.access_uri.casefold().startswith("http")
        else:
            assert len(row.value) <= 200
            assert len(row.column) <= 200


@FAST
@given(content=LISTS)
def test_lists(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_bytes(content)
    read_all(path)


@FAST
@given(core=st.lists(PIECES, max_size=30).map(b"".join), media=st.lists(PIECES, max_size=30).map(b"".join),
       quote=st.sampled_from(["", '"']))  # fmt: skip
def test_archives(core: bytes, media: bytes, quote: str, tmp_path: Path) -> None:
    said = meta(
        section(
            "core", OCCURRENCE, "o.txt", [DCTERMS + "license"], fieldsEnclosedBy=quote, ignoreHeaderLines="0"
        ),
        section("extension", SIMPLE, "m.txt", [DCTERMS + "identifier"], fieldsEnclosedBy=quote),
    )
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta.xml", said)
        archive.writestr("o.txt", b"1\tCC0\n" + core)
        archive.writestr("m.txt", b"id\turl\n1\thttps://a.example.org/2.jpg\n" + media)
    read_all(path)


@FAST
@given(content=st.binary(max_size=400), at=st.integers(0, 10_000), cut=st.booleans())
def test_damaged_archives(content: bytes, at: int, cut: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.tsv", b"url\nhttps://a.example.org/1.jpg\n" * 30)
    raw = bytearray(path.read_bytes())
    at %= len(raw)
    raw[at : len(raw) if cut else at + len(content)] = content
    path.write_bytes(raw)
    read_all(path)


@FAST
@given(document=st.text(max_size=60))
def test_meta_xml(document: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(exist_ok=True)
    (tmp_path / "folder" / "meta.xml").write_text(f"<archive>{document}</archive>", errors="replace")
    read_all(tmp_path / "folder")


@FAST
@given(text=st.text())
def test_addresses(text: str) -> None:
    found = check_address(text)
    assert isinstance(found, AddressProblem) or found == text.strip()


KEYS = [
    "items", "sequences", "canvases", "images", "resource", "body", "service", "id", "@id", "type", "profile",
    "width", "height", "sizes", "motivation", "default", "@context",
]  # fmt: skip
WORDS = ["Canvas", "https://a.example.org/1.jpg", "Image", "ImageService3", "level0", "level1"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=40,
)


@FAST
@given(document=JSON)
def test_manifests(document: object) -> None:
    try:
        found = manifest_images(json.dumps(document).encode(), "https://a.example.org/manifest")
    except RecordsError as error:
        assert error.rule in ("manifest", "too-long")
    else:
        assert all(isinstance(check_address(each), str) for each in found)

"""Targets without a database: archives, lists, licences, names, configs, pictures, models, sheets."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from curation.imaging import PictureError, process
from curation.licensing import parse
from curation.records import AddressProblem, RecordsError, check_address, manifest_images
from inference.errors import InputError, ModelError
from inference.folder import ModelClass, ModelFolder, load_folder, write_description
from inference.preprocess import make_preprocessing
from tests.curation.records.builders import DCTERMS, OCCURRENCE, SIMPLE, meta, section
from tests.curation.records.test_any_bytes import JSON, LISTS, PIECES, read_all
from tests.fuzz.inputs import WORDS, as_json, damaged, numbers, tables, texts, values
from tests.fuzz.running import Target
from training.condition.config import parts_of, resolve_tiles, resolve_whole
from training.condition.sheets import open_sheets
from training.config import ConfigError, read_config
from training.representation.names import parts_of as taxon_of
from training.representation.study.config import resolved as resolve_study
from training.train_config import resolve as resolve_training

CONFIGS = Path(__file__).resolve().parents[2] / "training" / "configs"
LICENCE_WORDS = [
    "CC", "BY", "NC", "SA", "ND", "0", "4.0", "3.0", "-", "/", " ", "http://", "creativecommons.org/",
    "licenses/",
    "publicdomain/zero/1.0/", "©", "All rights reserved", "public domain", "not", "no", "except", "or", "and",
    "image", "metadata", "text", "(", ")", "\u00a0", "CC-BY-NC", "\0", "ｃｃ", "Ⓒ",
]  # fmt: skip
SHEETS = ["id", "file", "label", "split", "source", "year", "look_alike", "group"]
REGIONS = ["id", "label", "left", "top", "width", "height"]


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as path:
        yield Path(path)


def in_file(name: str, check: Callable[[Path], None]) -> Callable[[bytes], None]:
    """A check of a file with the bytes of the case. What it leaves in its folder besides is half-written."""

    def checked(content: bytes) -> None:
        with folder() as path:
            (path / name).write_bytes(content)
            check(path / name)
            left = sorted(each.name for each in path.iterdir())
            assert left == [name], f"left behind: {left}"

    return checked


def read_archive(parts: tuple[bytes, bytes, bytes, str]) -> None:
    core, media, said, quote = parts
    described = meta(
        section(
            "core", OCCURRENCE, "o.txt", [DCTERMS + "license"], fieldsEnclosedBy=quote, ignoreHeaderLines="0"
        ),
        section("extension", SIMPLE, "m.txt", [DCTERMS + "identifier"], fieldsEnclosedBy=quote),
    )  # fmt: skip
    with folder() as path:
        with zipfile.ZipFile(path / "a.zip", "w") as archive:
            archive.writestr("meta.xml", described.encode() if isinstance(described, str) else described)
            archive.writestr("o.txt", b"1\tCC0\n" + core)
            archive.writestr("m.txt", b"id\turl\n1\thttps://a.example.org/2.jpg\n" + media)
            archive.writestr("eml.xml", said)
        read_all(path / "a.zip")


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


ZIPS = [
    zipped(list_dot_tsv=b"url\nhttps://a.example.org/1.jpg\n" * 20),
    zipped(
        meta_dot_xml=str(meta(section("core", SIMPLE, "m.txt", [DCTERMS + "identifier"]))).encode(),
        m_dot_txt=b"1\thttps://a.example.org/2.jpg\n" * 9,
    ),
    zipped(
        multimedia_dot_csv=b"coreid,ac:accessURI\n1,https://a.example.org/1.jpg\n",
        occurrence_dot_csv=b"coreid,idigbio:uuid\n1,2\n",
    ),
]


def read_licence(text: str) -> None:
    reading = parse(text)
    assert reading == parse(text)
    assert reading.verdict if hasattr(reading, "verdict") else True
    str(reading.code).encode()


def read_taxon(name: str) -> None:
    species, genus, family = taxon_of(name)
    assert not species or species.startswith(genus) and genus
    assert not (family and genus)


def read_address(text: str) -> None:
    found = check_address(text)
    assert isinstance(found, AddressProblem) or found == text.strip()


def read_manifest(document: Any) -> None:
    try:
        found = manifest_images(as_json(document), "https://a.example.org/manifest")
    except RecordsError:
        return
    assert all(isinstance(check_address(each), str) for each in found)


def read_toml(path: Path) -> None:
    try:
        config = read_config(path)
    except (ConfigError, OSError):
        return
    for resolve in (resolve_training, resolve_tiles, resolve_whole, resolve_study, parts_of):
        try:
            resolve(config)
        except ConfigError as error:
            assert str(error)


def override_config(words: list[str]) -> None:
    try:
        resolve_training(read_config(CONFIGS / "small.toml", words))
    except ConfigError as error:
        assert str(error)


def look_at(path: Path) -> None:
    try:
        found = process(path)
    except PictureError as error:
        assert error.rule and str(error)
        return
    assert found.info.width > 0 and set(found.renditions) == {"review", "dataset", "thumb"}


def pictures() -> list[bytes]:
    """Small ones of every format that is read here."""
    picture = Image.radial_gradient("L").resize((120, 130)).convert("RGB")
    found = []
    for form, options in (("JPEG", {"quality": 60}), ("PNG", {}), ("TIFF", {"compression": "tiff_lzw"}),
                          ("WEBP", {}), ("GIF", {}), ("BMP", {}), ("JPEG2000", {})):  # fmt: skip
        out = io.BytesIO()
        picture.save(out, form, **options)
        found.append(out.getvalue())
    return found


def read_model(parts: tuple[bytes, bytes]) -> None:
    described, weights = parts
    with folder() as path:
        (path / "model.json").write_bytes(described)
        (path / "model.keras").write_bytes(weights)
        try:
            load_folder(path)
        except (ModelError, InputError) as error:
            assert str(error)


def read_sheets(parts: tuple[bytes, bytes]) -> None:
    with folder() as path:
        for name, content in zip(("sheets.tsv", "regions.tsv"), parts, strict=True):
            (path / name).write_bytes(content)
        try:
            open_sheets(path)
        except (InputError, ValueError) as error:
            assert str(error) and not isinstance(error, UnicodeError | json.JSONDecodeError), repr(error)


def model() -> dict[str, Any]:
    """A good model.json, whose weights are the bytes `w`."""
    with folder() as path:
        (path / "model.keras").write_bytes(b"w")
        prepare = make_preprocessing(96).describe()
        classes = tuple(ModelClass(name) for name in ("a", "b"))
        write_description(ModelFolder(path, "tiny", classes, 96, 5, prepare), path)
        load_folder(path)
        found: dict[str, Any] = json.loads((path / "model.json").read_text())
        return found


def targets() -> list[Target]:
    pieces = st.lists(PIECES, max_size=20).map(b"".join)
    cell = (
        st.sampled_from(["", "a", "1", "0.5", "clean", "train", "a.jpg", "../x", "1900", "nan", "-0.1"])
        | WORDS
    )
    tomls = [path.read_bytes() for path in sorted(CONFIGS.glob("*.toml"))]
    key = (
        st.sampled_from(["stages", "optimizer.name", "seed", "batch", "data.augment", "loss", "x", "."])
        | WORDS
    )
    override = st.builds(lambda k, v: f"{k}={v}", key, texts | numbers.map(str))
    good, weights = model(), st.sampled_from([b"w", b"other"])
    odd = values(*good).map(as_json)
    changed = st.dictionaries(
        st.sampled_from(sorted(good)), values("size", "name", "sha256"), max_size=2
    ).map(lambda some: as_json(good | some))
    return [
        Target("lists", LISTS, in_file("list.tsv", read_all), 4),
        Target(
            "archives",
            st.tuples(pieces, pieces, pieces | damaged(b"<eml/>"), st.sampled_from(["", '"'])),
            read_archive,
            4,
        ),
        Target("damaged archives", damaged(*ZIPS) | st.binary(max_size=200), in_file("a.zip", read_all), 4),
        Target("meta.xml", st.text(max_size=60), read_meta, 2),
        Target("manifests", JSON | values("items", "sequences"), read_manifest, 2),
        Target("addresses", texts | WORDS.map("https://a.example.org/{}".format), read_address, 4),
        Target(
            "licences",
            st.lists(st.sampled_from(LICENCE_WORDS), max_size=14).map("".join) | texts,
            read_licence,
            8,
        ),
        Target("names of taxa", texts | WORDS, read_taxon, 4),
        Target("configs", damaged(*tomls) | st.binary(max_size=120), in_file("config.toml", read_toml), 3),
        Target("overrides", st.lists(override, max_size=3), override_config, 2),
        Target("pictures", damaged(*pictures()) | st.binary(max_size=200), in_file("a.jpg", look_at), 3),
        Target("model folders", st.tuples(damaged(as_json(good)) | changed | odd, weights), read_model, 2),
        Target("sheets", st.tuples(tables(SHEETS, cell), tables(REGIONS, cell)), read_sheets, 3),
    ]


def read_meta(document: str) -> None:
    with folder() as path:
        (path / "meta.xml").write_text(f"<archive>{document}</archive>", errors="replace")
        read_all(path)

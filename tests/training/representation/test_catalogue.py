"""Catalogues of each layout, and what is said of those that are wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.drawn import make_imagefolder_export, make_tfrecord_export
from tests.training.representation.planted import make_half_earth
from training.data.errors import DataError
from training.representation.catalogue import (
    Catalogue,
    Record,
    open_catalogue,
    read_half_earth,
    read_release,
    read_table,
)
from training.representation.names import parts_of

HEADER = "id\tfile\tspecies\tgenus\tfamily\torder\tsource\n"


@pytest.fixture(scope="module")
def half_earth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_half_earth(tmp_path_factory.mktemp("half-earth"), size=8)


def test_the_layout_of_half_earth_is_read(half_earth: Path) -> None:
    found = open_catalogue(half_earth)
    assert len(found) == 48
    assert found["7"] == Record(
        "7", "images/001/01/7.jpg", "Acer borealis", "Acer", "Aceraceae", "Acerales", "AK"
    )
    assert all(found.path(one.id).is_file() for one in found)
    assert found.labels(["0", "47"], "order") == ["Acerales", "Carexales"]
    assert {one.source for one in found} == {"NY", "AK", "BRI"}
    assert [one.id for one in found.of(["9", "2"])] == ["9", "2"]


def test_the_archive_of_the_challenge_is_read_as_it_unpacks(half_earth: Path, tmp_path: Path) -> None:
    (tmp_path / "train").symlink_to(half_earth)
    assert open_catalogue(tmp_path).records == read_half_earth(half_earth).records


def metadata(half_earth: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    found = json.loads((half_earth / "metadata.json").read_text())
    change(found)
    (folder / "metadata.json").write_text(json.dumps(found))
    return folder


def test_fields_that_are_not_there_are_unknown(half_earth: Path, tmp_path: Path) -> None:
    def change(found: dict[str, Any]) -> None:
        del found["institutions"], found["info"], found["licenses"]
        for one in found["annotations"]:
            del one["institution_id"], one["id"]
        for one in found["categories"]:
            del one["order"]
            one["family"] = None
        del found["annotations"][0]

    found = open_catalogue(metadata(half_earth, tmp_path, change))
    assert found.records[0] == Record("1", "images/000/01/1.jpg", "Acer alba", "Acer", "", "", "")
    assert found.notes == ("1 pictures without an annotation are left out",)


@pytest.mark.parametrize("key", ["collectionCode", "institutionCode"])
def test_institutions_may_be_called_otherwise(half_earth: Path, tmp_path: Path, key: str) -> None:
    def change(found: dict[str, Any]) -> None:
        found["institutions"] = [{"id": one["id"], key: one["name"]} for one in found["institutions"]]

    assert open_catalogue(metadata(half_earth, tmp_path, change))["0"].source == "NY"


def put(name: str, place: int, key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda found: found[name][place].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("annotations", 3, "category_id", 99), r"annotations\[3\]: category_id .* '99'"),
        (put("annotations", 3, "institution_id", 9), r"annotations\[3\]: institution_id .* '9'"),
        (put("annotations", 3, "image_id", 2), r"annotations\[3\]: image_id must be annotated once, '2'"),
        (put("annotations", 3, "image_id", 77), r"image_id must be of a listed image, '77'"),
        (put("annotations", 3, "image_id", None), r"annotations\[3\]: image_id must be .* None"),
        (put("images", 5, "file_name", "../5.jpg"), r"images\[5\]: file must be .* '\.\./5\.jpg'"),
        (put("images", 5, "file_name", 5), r"images\[5\]: file_name must be a text, got 5"),
        (put("categories", 1, "name", " "), r"categories\[1\]: name must be a text, got ' '"),
        (lambda found: found.pop("categories"), r"categories must be a list, got NoneType"),
        (lambda found: found["images"].__setitem__(2, 7), r"images\[2\] must be an object, got 7"),
        (lambda found: found["images"].append(found["images"][0]), r"'0' comes again"),
        (lambda found: found["institutions"].__setitem__(0, {"id": 0}), r"institutions\[0\] must have one"),
    ],
)
def test_a_wrong_entry_is_named(
    half_earth: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    folder = metadata(half_earth, tmp_path, change)
    with pytest.raises(DataError, match=words) as caught:
        open_catalogue(folder)
    assert "metadata.json" in str(caught.value)


def test_a_file_that_is_no_metadata_is_named(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    with pytest.raises(DataError, match=r"one of them|none of them is there"):
        open_catalogue(tmp_path)
    path.write_text("[1]")
    with pytest.raises(DataError, match="must be a JSON object, got list"):
        open_catalogue(path)
    path.write_text("{")
    with pytest.raises(DataError, match=r"metadata.json must be JSON"):
        open_catalogue(path)


def test_a_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.tsv"
    path.write_text(f"{HEADER}a\tx/a.jpg\tAcer alba\t\tSapindaceae\t\tNY\nb\tb.jpg\t\tBetula\t\t\t\n")
    assert open_catalogue(tmp_path).records == (
        Record("a", "x/a.jpg", "Acer alba", "Acer", "Sapindaceae", "", "NY"),
        Record("b", "b.jpg", "", "Betula"),
    )
    assert read_table(path, Path("/elsewhere")).path("b") == Path("/elsewhere/b.jpg")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id\tspecies\na\tAcer alba\n", "column 'file'"),
        ("id\tfile\na\ta.jpg\n", "column 'species' or 'genus', got id, file"),
        ("id\tfile\tgenus\na\ta.jpg\n", r"line 2: a line must have 3 cells, got 2"),
        ("id\tfile\tgenus\na\ta.jpg\tAcer\tmore\n", r"line 2: a line must have 3 cells, got 4"),
        ("id\tfile\tgenus\na\t/a.jpg\tAcer\n", r"line 2: file must be .* '/a.jpg'"),
        ("id\tfile\tgenus\na\ta.jpg\tAcer\na\tb.jpg\tAcer\n", "'a' comes again at picture 2"),
        ("id\tfile\tgenus\n\ta.jpg\tAcer\n", "picture 1 must have a printable id, got ''"),
        ("id\tfile\tgenus\n", "must have pictures"),
    ],
)
def test_a_wrong_line_of_a_table_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "pictures.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=words) as caught:
        open_catalogue(path)
    assert str(path) in str(caught.value)


def test_an_export_gives_genera_by_scientific_names(tmp_path: Path) -> None:
    folder = make_imagefolder_export(tmp_path / "export", per_split={"train": 4, "test": 2}, size=8)
    path = folder / "labels.tsv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row, name in zip(rows, ["Acer alba L.", "Acer", "Poaceae", "", "Erica sp.", "1"], strict=True):
        row["scientific_name"] = name
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, rows[0].keys(), delimiter="\t", lineterminator="\n")
        lines.writeheader()
        lines.writerows(rows)
    found = open_catalogue(folder)
    assert [(one.species, one.genus, one.family) for one in found] == [
        ("Acer alba", "Acer", ""), ("", "Acer", ""), ("", "", "Poaceae"), ("", "", ""), ("", "Erica", ""),
        ("", "", ""),
    ]  # fmt: skip
    assert found.notes == ("3 of 6 pictures have no scientific name with a genus",)
    assert all(found.path(one.id).is_file() and one.source in ("AAA", "BBB") for one in found)


def test_an_export_without_files_is_refused(tmp_path: Path) -> None:
    folder = make_tfrecord_export(tmp_path / "export", per_split={"train": 3}, size=8)
    with pytest.raises(DataError, match=r"format must be 'imagefolder', .* got 'tfrecord'"):
        read_release(folder)


@pytest.mark.parametrize(
    ("name", "species", "genus", "family"),
    [
        ("Quercus robur L.", "Quercus robur", "Quercus", ""),
        ("Quercus robur subsp. robur", "Quercus robur", "Quercus", ""),
        ("  Quercus   robur ", "Quercus robur", "Quercus", ""),
        ("Quercus × rosacea Bechst.", "Quercus × rosacea", "Quercus", ""),
        ("Quercus ×rosacea", "Quercus × rosacea", "Quercus", ""),
        ("Quercus x rosacea", "Quercus × rosacea", "Quercus", ""),
        ("× Triticosecale", "", "Triticosecale", ""),
        ("Arctostaphylos uva-ursi", "Arctostaphylos uva-ursi", "Arctostaphylos", ""),
        ("Isoëtes echinospora", "Isoëtes echinospora", "Isoëtes", ""),
        ("Quercus cf. robur", "", "Quercus", ""),
        ("Quercus sp", "", "Quercus", ""),
        ("Quercus L.", "", "Quercus", ""),
        ("Asteraceae indet.", "", "", "Asteraceae"),
        ("Felidae", "", "", "Felidae"),
        ("×", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_names_as_collections_write_them(name: str, species: str, genus: str, family: str) -> None:
    assert parts_of(name) == (species, genus, family)


def test_what_is_asked_for_must_be_there() -> None:
    found = Catalogue(Path("somewhere"), (Record("a", "a.jpg"),))
    with pytest.raises(DataError, match=r"somewhere: id must be .* 'b'"):
        found.of(["b"])
    with pytest.raises(DataError, match="level must be one of species, genus, family, order, got 'tribe'"):
        found.labels(["a"], "tribe")
    with pytest.raises(DataError, match="it does not exist"):
        open_catalogue(Path("/nowhere"))


def test_the_checksum_is_of_the_records_and_not_of_their_order() -> None:
    one, other = Record("a", "a.jpg", "Acer alba"), Record("b", "b.jpg", "Acer nigra")
    sums = [Catalogue(Path(), records).sha256 for records in ((one, other), (other, one), (one,))]
    assert sums[0] == sums[1] != sums[2]

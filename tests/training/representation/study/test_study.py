"""One command does the whole study of a drawn set; stopped again and again it ends with the same tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from training.__main__ import main
from training.config import ConfigError
from training.progress import Silent
from training.representation.encoders.config import KINDS
from training.representation.study.run import run_study

TINY: dict[str, Any] = {
    "drawn": {"genera": 4, "species": 4, "per_species": 14, "institutions": 2, "size": 40, "home": 0.7},
    "sample": {"species_share": 0.25, "image_share": 0.3},
    "encoder": {
        "image_size": 32,
        "load_size": 36,
        "filters": [64],
        "blocks": [1],
        "latent": 8,
        "batch": 16,
        "epochs": 1,
    },
    "encoders": [{"kind": "autoencoder"}, {"kind": "triplet", "epochs": 2}, {"kind": "classifier"}],
    # The map is tested with the geometry: its first use compiles for many seconds.
    "geometry": {"umap": False, "channels": 2, "examples": 2},
}


class Stopped(Exception):
    pass


class StopAt(Silent):
    """Raises as soon as a step of that name is begun, or after so many checks in it."""

    def __init__(self, word: str, checks: int = 0) -> None:
        self.word, self.left, self.begun = word, checks, False

    def log(self, line: str) -> None:
        self.begun = self.begun or line.startswith(self.word)
        if self.begun and not self.left:
            raise Stopped

    def check(self) -> None:
        if self.begun:
            self.left -= 1
            if self.left <= 0:
                raise Stopped


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study by its command, in one go."""
    out = tmp_path_factory.mktemp("whole") / "study"
    config = out.parent / "tiny.toml"
    config.write_text(_toml(TINY))
    assert main(["study", "--drawn", "--config", str(config), "--out", str(out)]) == 0
    return out


def _toml(config: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {_value(value)}" for name, value in config.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def tables(out: Path) -> dict[str, bytes]:
    """All files but those that hold checksums, seconds and folders."""
    wanted = (
        "README.md",
        "*.tsv",
        "comparison/*.tsv",
        "comparison/*.md",
        "comparison/*.svg",
        "comparison/*.png",
    )
    some = [path for pattern in (*wanted, "geometry/*/*.tsv") for path in out.glob(pattern)]
    return {str(path.relative_to(out)): path.read_bytes() for path in some}


def test_the_table_has_every_encoder_level_and_set(whole: Path) -> None:
    names = [f"resnet18-{kind}" for kind in KINDS]
    found = rows(whole / "comparison/identification.tsv")
    sets = ("species", "institutions", "random")
    assert [(row["encoder"], row["set"], row["of"]) for row in found] == [
        (name, where, level) for name in names for where in sets for level in ("genus", "family", "order")
    ]
    f1 = {(row["encoder"], row["set"], row["of"]): float(row["f1"] or "nan") for row in found}
    # What was put in is found: by shape and colour the genera of an institution never seen are told apart.
    assert max(f1[name, "institutions", "genus"] for name in names) > 0.8
    pairs = rows(whole / "comparison/discrimination.tsv")
    family = {"Acer": 1, "Betula": 1, "Carex": 2, "Drosera": 2}
    for row, kind in zip(pairs, ("similar", "distinct") * 3, strict=True):
        first, second = row["of"].split(" / ")
        assert row["kind"] == kind and (family[first] == family[second]) == (kind == "similar")
    assert len(rows(whole / "comparison/mislabels.tsv")) == 3 * 2
    assert [(row["encoder"], row["level"], row["set"]) for row in rows(whole / "silhouettes.tsv")] == [
        (name, level, where)
        for name in names
        for level in ("genus", "family", "order")
        for where in ("train", "random", "species", "institutions")
    ]
    text = (whole / "README.md").read_text()
    for part in ("## Sample", "## Encoders", "## Silhouettes", "## Identification", "## Discrimination"):
        assert part in text
    for name in ("comparison/identification-genus.svg", "geometry/resnet18-triplet/README.md"):
        assert f"({name})" in text and (whole / name).is_file()
    facts = json.loads((whole / "study.json").read_text())
    assert facts["sample"]["home_source"] == "NY" and facts["sample"]["seed"] == 89
    assert [one["kind"] for one in facts["encoders"].values()] == list(KINDS)
    assert facts["refused"] == {} and facts["notes"] == []


def test_a_study_that_was_stopped_at_every_step_ends_with_the_same_tables(
    whole: Path, tmp_path: Path
) -> None:
    """And so do two studies with the same seed, as these are in two folders."""
    out = tmp_path / "study"
    done: dict[str, int] = {}
    for stop in (
        StopAt("encoder resnet18-triplet"),
        StopAt("triplet:", checks=14),  # in its second epoch
        StopAt("features of resnet18-triplet"),
        StopAt("geometry of resnet18-triplet"),
        StopAt("comparison", checks=4),
    ):
        with pytest.raises(Stopped):
            run_study(TINY, None, out, progress=stop)
        assert not (out / "study.json").exists()
        seen = {
            str(path.relative_to(out)): path.stat().st_mtime_ns
            for pattern in (
                "*/*/encoder/encoder.keras",
                "features/*/*.npy",
                "geometry/*/geometry.json",
                "comparison/cells/*",
            )
            for path in out.glob(pattern)
        }
        assert len(seen) > len(done) or stop.word == "triplet:"
        # What was done is not done again.
        assert {name: seen[name] for name in done} == done
        done = seen
    lines = (out / "encoders/resnet18-triplet/metrics.jsonl").read_text().splitlines()
    assert len(lines) == 2
    run_study(TINY, None, out)
    one, other = tables(whole), tables(out)
    assert one.keys() == other.keys() and len(one) > 20
    for name, found in one.items():
        assert found == other[name], name


def test_a_folder_holds_one_study(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {**TINY, "seed": 90}
    with pytest.raises(ConfigError, match="holds another study: its seed is 89, asked for is 90"):
        run_study(config, None, whole)
    with pytest.raises(SystemExit) as caught:
        main(["study", "--drawn", "--out", str(whole), "--set", "encoder.epochs=no"])
    assert caught.value.code == 2
    assert "encoders.0.epochs must be" in capsys.readouterr().err
    assert main(["study", "--data", str(whole / "none"), "--out", str(whole / "new")]) == 1
    assert "does not exist" in capsys.readouterr().err
    assert not (whole / "new").exists()


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose features are the mean colours of a picture: nothing to train."""
    from training.backend import keras

    pixels = keras.Input((32, 32, 3))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.AveragePooling2D(4)(pixels))
    path = tmp_path_factory.mktemp("model") / "colours.keras"
    keras.Model(pixels, features, name="colours").save(path)
    return path


def with_model(model: Path, *others: dict[str, Any]) -> dict[str, Any]:
    return {**TINY, "encoders": [*others, {"name": "colours", "model": str(model)}]}


def pictures(whole: Path, folder: Path, columns: tuple[str, ...]) -> Path:
    """The drawn pictures as a table with some of its columns."""
    from training.representation.catalogue import open_catalogue

    folder.mkdir()
    (folder / "images").symlink_to(whole / "pictures/images")
    lines = ["\t".join(("id", "file", *columns))]
    for one in open_catalogue(whole / "pictures"):
        lines.append("\t".join((one.id, one.file, *(getattr(one, name) for name in columns))))
    (folder / "catalogue.tsv").write_text("\n".join(lines) + "\n")
    return folder


def test_without_taxonomy_it_is_said_and_what_needs_none_is_done(
    whole: Path, colours: Path, tmp_path: Path
) -> None:
    data = pictures(whole, tmp_path / "data", ("species", "source"))
    text = (data / "catalogue.tsv").read_text().splitlines()
    nameless = ["\t".join((*line.split("\t")[:2], "", line.split("\t")[3])) for line in text[1:]]
    (data / "catalogue.tsv").write_text("\n".join([text[0], *nameless]) + "\n")
    found = run_study(with_model(colours, {"kind": "triplet"}), data, tmp_path / "out")
    counts = found["sample"]["sets"]
    assert counts["species"]["pictures"] == 0 and min(counts[n]["pictures"] for n in ("train", "random")) > 9
    assert "a file and a name at the level 'genus'" in found["refused"]["resnet18-triplet"]
    assert "no picture has a species and a genus" in found["notes"][0]
    scores = rows(tmp_path / "out/comparison/identification.tsv")
    assert len(scores) == 2 * 9 and all(row["refused"] and not row["f1"] for row in scores)
    reasons = {(row["encoder"], row["set"]): row["refused"] for row in scores if row["of"] == "genus"}
    assert reasons["resnet18-triplet", "random"].startswith("it could not be trained: ")
    assert "got 0 of 0 classes" in reasons["colours", "random"]
    assert all(row["refused"] and not row["mean"] for row in rows(tmp_path / "out/silhouettes.tsv"))
    assert len(rows(tmp_path / "out/geometry/colours/channels.tsv")) == 2 * 2 * 2
    text_ = (tmp_path / "out/README.md").read_text()
    assert "| resnet18-triplet | " in text_ and "empty: it could not be trained" in text_


def test_without_families_and_with_bad_pictures_the_rest_goes_on(
    whole: Path, colours: Path, tmp_path: Path
) -> None:
    data = pictures(whole, tmp_path / "data", ("species", "source"))
    (data / "images").unlink()
    sample = rows(whole / "sample/sample.tsv")
    train = [row["id"] for row in sample if row["set"] == "train"]
    files = {row["id"]: row["file"] for row in rows(data / "catalogue.tsv")}
    missing, damaged = train[0], train[1]
    for id, file in files.items():
        if id != missing:
            (data / file).parent.mkdir(parents=True, exist_ok=True)
            content = (whole / "pictures" / file).read_bytes()
            (data / file).write_bytes(content[:300] if id == damaged else content)
    one = {"kind": "classifier"}
    found = run_study(with_model(colours, one), data, tmp_path / "out")
    # The damaged picture ends no training; both are named, with the reason.
    assert set(found["unreadable"]) == {missing, damaged} and found["refused"] == {}
    notes = " / ".join(found["notes"])
    assert f"picture {missing} is left out: cannot be read: No such file" in notes
    assert f"picture {damaged} is left out: " in notes
    assert "no two genera of a family are in the test sets" in notes
    run = json.loads((tmp_path / "out/encoders/resnet18-classifier/data.json").read_text())
    assert set(run["left_out"]) == {missing, damaged}
    scores = rows(tmp_path / "out/comparison/identification.tsv")
    for row in scores:
        assert bool(row["refused"]) == (row["of"] != "genus" or not row["f1"])
    genus = [row for row in scores if (row["encoder"], row["of"]) == ("colours", "genus")]
    assert any(float(row["f1"] or 0) > 0.5 for row in genus)
    # The same call again says the same.
    text_ = (tmp_path / "out/README.md").read_text()
    run_study(with_model(colours, one), data, tmp_path / "out")
    assert (tmp_path / "out/README.md").read_text() == text_
    silhouettes = {(row["level"], row["set"]): row for row in rows(tmp_path / "out/silhouettes.tsv")}
    assert silhouettes["genus", "train"]["mean"] and not silhouettes["family", "train"]["mean"]
    assert "at least two classes, got 0" in silhouettes["family", "train"]["refused"]

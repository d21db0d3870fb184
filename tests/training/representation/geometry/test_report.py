"""One command writes all tables and pictures of a small sample; what cannot be done is a note. The map parts
planted classes and is the same twice.

Together, because UMAP is compiled at its first use in a process, which takes many seconds.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from benchmarks import umap_rows
from benchmarks.timing import Run
from benchmarks.umap import as_text, summarise
from tests.training.representation.planted import make_half_earth, planted_features
from training.__main__ import main
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.features.extract import extract
from training.representation.features.store import FeatureStore
from training.representation.geometry.placing import Components, falling, index_of, with_itself
from training.representation.geometry.report import Options, run_geometry
from training.representation.geometry.umap import COMPONENTS, embed
from training.representation.sampling import sample


def tiny() -> Any:
    """Mean colours of 4 x 4 pixels, pooled: the features of a picture are its mean red, green and blue."""
    from training.backend import keras

    pixels = keras.Input((32, 32, 3))
    conv = keras.layers.Conv2D(3, 4, strides=4, use_bias=False)
    features = keras.layers.GlobalAveragePooling2D(name="features")(conv(pixels))
    kernel = np.zeros((4, 4, 3, 3), np.float32)
    for each in range(3):
        kernel[:, :, each, each] = 1 / 16
    conv.set_weights([kernel])
    return keras.Model(pixels, features, name="tiny")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_half_earth(tmp_path / "pictures", genera=4, species=3, per_species=6)
    catalogue = open_catalogue(folder)
    drawn = sample(catalogue)
    drawn.write(tmp_path / "sample")
    tiny().save(tmp_path / "tiny.keras")
    some = [one.id for one in catalogue if one.id != drawn.sets["institutions"][0]]
    extract(tmp_path / "tiny.keras", "features", catalogue, tmp_path / "store", ids=some)
    store = FeatureStore.read(tmp_path / "store")
    words = ["geometry", "--features", str(tmp_path / "store"), "--catalogue", str(folder)]
    words += ["--sample", str(tmp_path / "sample"), "--out", str(tmp_path / "out")]
    assert main([*words, "--channels", "2", "--model", str(tmp_path / "tiny.keras"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    out = tmp_path / "out"
    assert json.loads((out / "geometry.json").read_text()) == report
    assert any("1 of" in note and "institutions have no features" in note for note in report["notes"])

    ids = [id for some in drawn.sets.values() for id in some if id in store]
    placed = rows(out / "umap.tsv")
    assert [row["id"] for row in placed] == ids and {row["set"] for row in placed} >= {
        "train",
        "institutions",
    }
    others = {"institutions": store.array([id for id in drawn.sets["institutions"] if id in store])}
    map_ = embed(store.array(drawn.sets["train"]), others)
    for name, expected in (("train", map_.fitted), ("institutions", map_.others["institutions"])):
        points = [[float(row[axis]) for axis in "xy"] for row in placed if row["set"] == name]
        assert np.array(points) == pytest.approx(expected, abs=1e-5)
    svg = ElementTree.parse(out / "umap.svg").getroot()
    assert svg.tag.endswith("svg") and "coloured by family" in "".join(svg.itertext())
    assert (out / "umap.png").stat().st_size > 1000

    scored = {(row["set"], row["level"]): row for row in rows(out / "silhouettes.tsv")}
    train = list(drawn.sets["train"])
    from sklearn.metrics import silhouette_score

    expected = silhouette_score(store.array(train), catalogue.labels(train, "genus"))
    assert float(scored["train", "genus"]["mean"]) == pytest.approx(expected, abs=1e-4)
    assert scored["train", "order"]["classes"] == "2"
    by_picture = {row["id"]: row for row in rows(out / "silhouettes-pictures.tsv")}
    genus = [float(by_picture[id]["genus"]) for id in train]
    assert np.mean(genus) == pytest.approx(expected, abs=1e-4)
    assert {row["class"] for row in rows(out / "silhouettes-classes.tsv") if row["level"] == "genus"} == {
        catalogue[id].genus for id in ids
    }

    channels = rows(out / "channels.tsv")
    variances = store.array(train).var(axis=0)
    assert int(channels[0]["channel"]) == variances.argmax()
    assert float(channels[0]["value"]) == pytest.approx(store.array(train)[:, variances.argmax()].max())
    assert len(report["overlays"]) == 4
    for one in report["overlays"]:
        with Image.open(out / one["file"]) as image:
            assert image.size == (32, 32)
        assert one["file"] in (out / "README.md").read_text()

    # Without orders and a map, and with another model: notes, and the rest goes on.
    flat = Catalogue(catalogue.root, tuple(_without_order(one) for one in catalogue))
    table = ["id\tfile\tspecies\tgenus\tfamily\tsource"]
    table += ["\t".join([one.id, one.file, one.species, one.genus, one.family, one.source]) for one in flat]
    (folder / "catalogue.tsv").write_text("\n".join(table) + "\n")
    from training.backend import keras

    other = keras.models.load_model(tmp_path / "tiny.keras")
    other.set_weights([2 * each for each in other.get_weights()])
    other.save(tmp_path / "other.keras")
    options = Options(umap=False, model=tmp_path / "other.keras")
    told = run_geometry(tmp_path / "store", folder / "catalogue.tsv", tmp_path / "sample", out, options)
    assert told["umap"] is None and told["overlays"] == []
    assert {row["level"] for row in told["silhouettes"]} == {"genus", "family"}
    assert any(
        "train at order: labels must be of at least two classes, got 0" in note for note in told["notes"]
    )
    assert any(note.startswith("overlays: the features are of the model") for note in told["notes"])

    assert main([*words[:-1], str(out), "--features", str(tmp_path / "nothing")]) == 1
    assert "no store of features" in capsys.readouterr().err


def _without_order(record: Any) -> Any:
    from dataclasses import replace

    return replace(record, order="")


def test_without_taxonomy_and_with_features_that_are_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be told of such features is told, the rest is a note."""
    features, _ = planted_features(3, 20, 8, 0.3, seed=7)
    features[:, 3] = 2
    ids = [f"p{each:02d}" for each in range(60)]
    for name, rows in (("store", features), ("flat", np.ones((60, 8), np.float32))):
        FeatureStore.open(tmp_path / name, model="0" * 64, dimension=8).append(ids, rows)
    lines = ["id\tfile\tspecies", *(f"{id}\t{id}.jpg\t" for id in ids), "p99\tp99.jpg\t"]
    (tmp_path / "catalogue.tsv").write_text("\n".join(lines) + "\n")
    words = ["geometry", "--catalogue", str(tmp_path), "--out", str(tmp_path / "out"), "--features"]
    assert main([*words, str(tmp_path / "store"), "--no-umap", "--channels", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["silhouettes"] == [] and report["features"]["constant"] == 1
    assert len(report["channels"]) == 2 and report["sets"] == {"train": 60}
    for level in ("genus", "family", "order"):
        assert any(f"train at {level}: labels must be of at least two" in note for note in report["notes"])
    assert "1 of 61 pictures of train have no features" in report["notes"]
    assert "1 of 8 features are the same in all pictures" in (tmp_path / "out/README.md").read_text()

    assert main([*words, str(tmp_path / "flat"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["channels"] is None and report["umap"] is None
    for step in ("channels", "umap"):
        assert f"{step}: features must differ between rows, all 60 are the same" in report["notes"]


def test_map_of_planted_classes() -> None:
    features, labels = planted_features(3, 30, 60, 0.3, seed=7)
    held = features[:15] + np.float32(0.01)
    first = embed(features[15:], {"held": held, "none": features[:0]}, epochs=60)
    again = embed(features[15:], {"held": held, "none": features[:0]}, epochs=60)
    assert first.fitted.dtype == np.float32 and first.fitted.shape == (75, 2)
    assert (first.fitted == again.fitted).all() and (first.others["held"] == again.others["held"]).all()
    assert first.others["none"].shape == (0, 2)
    centres = np.stack([first.fitted[labels[15:] == each].mean(axis=0) for each in range(3)])

    def nearest(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)

    assert (nearest(first.fitted) == labels[15:]).all()
    assert (nearest(first.others["held"]) == labels[:15]).all()
    assert first.facts["neighbours"] == 15 and first.facts["cores"] == 1 and first.facts["components"] is None
    cheaper = embed(features[:, :55], cheaper=True, epochs=30)
    assert cheaper.facts["components"] == 50 and 0.9 < cheaper.facts["variance_kept"] < 1
    assert not (embed(features[15:], epochs=60, seed=1).fitted == first.fitted).all()


def test_components_are_those_of_the_set_fitted_on() -> None:
    features, _ = planted_features(3, 30, 60, 0.3, seed=7)
    found = Components.of(features[:60], COMPONENTS, 89)
    reduced = found(features[:60])
    centred = (features[:60] - features[:60].mean(axis=0)).astype(np.float64)
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    assert reduced.shape == (60, COMPONENTS)
    assert reduced.astype(np.float64).var(axis=0) * 60 == pytest.approx(values[:COMPONENTS], rel=1e-3)
    assert found(features[:5]) == pytest.approx(reduced[:5], abs=1e-4)
    assert found.kept == pytest.approx(values[:COMPONENTS].sum() / values.sum(), abs=1e-5)


def test_a_drawn_part_is_fitted_and_the_rest_is_put_in_between_its_neighbours() -> None:
    features, labels = planted_features(3, 60, 60, 0.3, seed=7)
    found = embed(features, {"held": features[:9]}, most=90, cheaper=True, epochs=60)
    assert (found.facts["rows"], found.facts["fitted"]) == (180, 90)
    assert found.fitted.shape == (180, 2) and np.isfinite(found.fitted).all()
    again = embed(features, most=90, cheaper=True, epochs=60)
    assert (found.fitted == again.fitted).all()
    chosen = np.sort(np.random.default_rng(89).choice(180, 90, replace=False))
    alone = embed(features[chosen], cheaper=True, epochs=60)
    assert found.fitted[chosen] == pytest.approx(alone.fitted, abs=1e-5)
    centres = np.stack([found.fitted[chosen][labels[chosen] == each].mean(axis=0) for each in range(3)])
    away = np.linalg.norm(found.fitted[:, None] - centres[None], axis=2)
    assert (away.argmin(axis=1) == labels).all()
    # Put in where it is fitted, a row stands at the mean of its neighbours, itself the first.
    assert found.others["held"] == pytest.approx(found.fitted[:9], abs=3)
    with pytest.raises(ValueError, match="most must be at least 5, got 4"):
        embed(features, most=4)


def test_weights_are_those_that_umap_gives_its_edges() -> None:
    from umap.umap_ import compute_membership_strengths, smooth_knn_dist

    features, _ = planted_features(3, 30, 6, 0.5, seed=7)
    rows, distances = with_itself(index_of(features), 9)
    assert (rows[:, 0] == np.arange(90)).all() and (distances[:, 0] == 0).all()
    sigmas, rhos = smooth_knn_dist(distances, 8.0)
    theirs = compute_membership_strengths(rows, distances, sigmas, rhos)[2].reshape(90, 9)[:, 1:]
    assert falling(distances[:, 1:]) == pytest.approx(theirs, abs=1e-3)
    assert falling(np.zeros((1, 4), np.float32)).tolist() == [[1, 1, 1, 1]]
    assert falling(np.float32([[1, 1, 1, 9]]))[0] == pytest.approx([1, 1, 1, 0], abs=1e-6)


def test_what_cannot_be_mapped_is_said() -> None:
    features, _ = planted_features(2, 4, 3, 0.2, seed=1)
    with pytest.raises(ValueError, match="at least 5 rows, got 4"):
        embed(features[:4])
    with pytest.raises(ValueError, match="all 8 are the same"):
        embed(np.ones((8, 3)))
    with pytest.raises(ValueError, match=r"held must have the shape \(rows, 3\)"):
        embed(features, {"held": features[:, :2]})
    with pytest.raises(ValueError, match="min_dist must be 0 to 1, got 2"):
        embed(features, min_dist=2)


def test_the_benchmark_of_maps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its programs place the rows they say, and what they print is put together."""
    store = str(tmp_path / "store")
    runs = {}
    for name, words in (("draw", ("300", "60")), ("ours", ("100",)), ("plain", ("80",))):
        umap_rows.main(name, store, *words)
        runs[name] = [Run(1.0, 1.0, 100.0, capsys.readouterr().out)]
    assert json.loads(runs.pop("draw")[0].output) == {"rows": 300}
    found = summarise(runs, 300, 80)
    ours, plain = (json.loads(runs[name][0].output) for name in ("ours", "plain"))
    assert ours["fitted"] == 100 and ours["components"] == COMPONENTS
    assert 0.5 < ours["trustworthiness"] <= 1 and 0.5 < plain["trustworthiness"] <= 1
    assert found["ratio"]["median"] == pytest.approx(plain["seconds"] * 300 / 80 / ours["seconds"], rel=1e-3)
    assert "times as fast as plain" in as_text(found)
    with pytest.raises(SystemExit, match="ours placed 300 rows, expected 301"):
        summarise(runs, 301, 80)

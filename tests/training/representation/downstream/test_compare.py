"""The whole comparison: one command, three encoders of known worth, the same bytes again."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.training.representation.planted import planted_features
from training.__main__ import main
from training.config import ConfigError
from training.data.errors import DataError
from training.progress import Silent
from training.representation.catalogue import open_catalogue
from training.representation.downstream import compare as module
from training.representation.downstream.compare import compare
from training.representation.features import FeatureStore
from training.representation.sampling import sample

GENERA = ("Acer", "Betula", "Carex")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A table of three genera in two families, a sample of it, and the features of three encoders."""
    folder = tmp_path_factory.mktemp("study")
    features, codes = planted_features(3, 120, 6, 0.3, 1)
    lines = ["id\tfile\tspecies\tfamily\torder\tsource"]
    for place, code in enumerate(codes):
        species = f"{GENERA[code]} {'abcdefghij'[place % 10]}a"
        family = "Cyperaceae" if code == 2 else "Aceraceae"
        source = "AK" if place % 3 == 0 else "NY"
        lines.append(f"p{place}\t{place}.jpg\t{species}\t{family}\t\t{source}")
    table = folder / "catalogue.tsv"
    table.write_text("\n".join(lines) + "\n")
    sample(open_catalogue(table), species_share=0.3, image_share=0.3).write(folder / "sample")
    ids = [f"p{place}" for place in range(len(codes))]
    random = np.random.default_rng(0)
    np.savez(folder / "good.npz", ids=np.array(ids), features=features)
    noisy = features + random.normal(scale=1.2, size=features.shape).astype(np.float32)
    order = random.permutation(len(ids))
    np.savez(folder / "noisy.npz", ids=np.array(ids)[order], features=noisy[order])
    store = FeatureStore.open(folder / "store", model="f" * 64, dimension=4)
    store.append(ids[1:], random.normal(size=(len(ids) - 1, 4)))
    return {
        "data": str(table),
        "sample": str(folder / "sample"),
        "encoders": [
            {"name": "good", "features": str(folder / "good.npz")},
            {"name": "noisy", "features": str(folder / "noisy.npz")},
            {"name": "chance", "features": str(folder / "store")},
        ],
        "pairs": [
            {"first": "Acer", "second": "Betula", "kind": "similar"},
            {"first": "Acer", "second": "Carex", "kind": "distinct"},
        ],
        "mislabels": {"levels": ["genus"]},
    }


@pytest.fixture(scope="module")
def done(study: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("out")
    return out, compare(study, out)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_encoder_level_and_set_has_its_row(done: tuple[Path, dict[str, Any]]) -> None:
    found = rows(done[0] / "identification.tsv")
    keys = [(row["encoder"], row["set"], row["of"]) for row in found]
    assert keys == [
        (encoder, where, level)
        for encoder in ("good", "noisy", "chance")
        for where in ("species", "institutions", "random")
        for level in ("genus", "family", "order")
    ]
    for where in ("species", "institutions", "random"):
        good, noisy, chance = (
            float(row["f1"]) for row in found if (row["set"], row["of"]) == (where, "genus")
        )
        assert good > 0.95 > noisy > chance
    assert len(rows(done[0] / "discrimination.tsv")) == 6
    assert [row["kind"] for row in rows(done[0] / "discrimination.tsv")[:2]] == ["similar", "distinct"]
    assert len(rows(done[0] / "mislabels.tsv")) == 3 * (3 + 2)


def test_planted_flips_are_found_by_the_good_encoder_only(done: tuple[Path, dict[str, Any]]) -> None:
    found = [row for row in rows(done[0] / "mislabels.tsv") if row["of"] == "Acer / Carex"]
    good, _, chance = found
    assert float(good["true_positive_rate"]) >= 0.9
    assert float(good["false_positive_rate"]) <= 0.05
    assert 0.2 < float(chance["area_under_rates"]) < 0.8
    points = [row for row in rows(done[0] / "mislabel-curves.tsv") if row["encoder"] == "good"]
    assert {row["of"] for row in points} == {"genus", "Acer / Betula", "Acer / Carex"}


def test_what_cannot_be_done_is_said_and_the_rest_goes_on(done: tuple[Path, dict[str, Any]]) -> None:
    found = rows(done[0] / "identification.tsv")
    for row in found:
        assert bool(row["refused"]) == (row["of"] == "order") == (row["f1"] == "")
    text = (done[0] / "README.md").read_text()
    assert "Identification, good, order, random: not done; labels must be of at least 2 classes" in text
    # One picture has no features of one encoder: none is judged on it.
    lacking = [row for row in found if row["without_features"] == "1"]
    assert {row["encoder"] for row in lacking} == {"chance"}
    assert "chance, genus, institutions: 1 pictures have no features" in text
    by_set = {(row["set"], row["pictures"]) for row in found if row["of"] != "order"}
    assert len(by_set) == 3


def test_the_files_are_whole_and_agree(done: tuple[Path, dict[str, Any]], study: dict[str, Any]) -> None:
    out, document = done
    assert json.loads((out / "comparison.json").read_text()) == document
    assert document["encoders"][2] == {
        "name": "chance",
        "features": study["encoders"][2]["features"],
        "dimension": 4,
        "model": "f" * 64,
    }
    text = (out / "README.md").read_text()
    figures = sorted(path.name for path in out.glob("*.svg"))
    assert len(figures) == 2 + 1 + 5  # no order
    for name in figures:
        assert f"]({name})" in text
        root = ElementTree.parse(out / name).getroot()
        words = "".join(root.itertext())
        assert "good" in words and "noisy" in words
        assert root.findtext("{*}title")
        with Image.open(out / name.replace(".svg", ".png")) as image:
            assert min(image.size) > 300
    assert not [path.name for path in out.glob("*.svg") if "<dc:date>" in path.read_text()]
    assert text.count("**") == 2 * (6 + 2)  # the best of each level and set, and of each pair
    assert "| good | Acer / Betula (similar) | test sets |" in text


def test_a_stopped_comparison_goes_on_and_ends_with_the_bytes_of_one_that_was_not(
    study: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Silent):
        cells = 0

        def advance(self, n: int = 1) -> None:
            self.cells += n
            if self.cells == 2:
                raise KeyboardInterrupt

    asked: list[str] = []
    real = module._work
    monkeypatch.setattr(module, "_work", lambda task, *rest: (asked.append(task), real(task, *rest))[1])
    config = {**study, "encoders": study["encoders"][:1], "sets": ["random"]}
    with pytest.raises(KeyboardInterrupt):
        compare(config, tmp_path, progress=Stop())
    assert asked == ["identification"] * 2
    assert not (tmp_path / "comparison.json").exists()
    compare(config, tmp_path)
    assert asked == ["identification"] * 3 + ["mislabels"] + ["discrimination", "mislabels"] * 2
    compare(config, tmp_path / "whole")
    files = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert len(files) == 1 + 4 + 1 + 2 * (2 + 1 + 3)
    for name in files:
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    compare({**config, "mislabels": {"levels": [], "share": 0.2}}, tmp_path)
    assert asked[16:] == ["mislabels"] * 2  # other options, worked out anew


def test_pairs_may_come_from_a_collection_of_their_own(study: dict[str, Any], tmp_path: Path) -> None:
    features, codes = planted_features(2, 20, 5, 0.2, 7)
    lines = [f"k{place}\t{place}.jpg\t{('Syzygium', 'Eugenia')[code]}" for place, code in enumerate(codes)]
    table = tmp_path / "kew.tsv"
    table.write_text("\n".join(["id\tfile\tgenus", *lines, "k99\t99.jpg\tDendrobium"]) + "\n")
    np.savez(tmp_path / "kew.npz", ids=np.array([f"k{place}" for place in range(40)]), features=features)
    own = {**study["encoders"][0], "pair_features": str(tmp_path / "kew.npz")}
    config = {
        **study,
        "encoders": [own],
        "levels": [],
        "mislabels": {"pairs": False},
        "pair_data": str(table),
        "pairs": [{"first": "Syzygium", "second": name} for name in ("Eugenia", "Dendrobium")],
    }
    found = compare(config, tmp_path / "out")
    assert found["identification"] == found["mislabels"] == []
    similar, distinct = found["discrimination"]
    assert (similar["mean"]["f1"], similar["set"], similar["pictures"]) == (1.0, "pair data", 40)
    assert distinct["refused"] == "Dendrobium must have at least 5 pictures, one a fold, got 0"
    assert (similar["missing"], distinct["missing"]) == (0, 1)
    head, *rest = table.read_text().splitlines()
    table.write_text("\n".join([head, *reversed(rest)]) + "\n")
    assert compare(config, tmp_path / "again") == found
    cells = [{one.name for one in (tmp_path / out / "cells").iterdir()} for out in ("out", "again")]
    assert cells[0] == cells[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoders": []}, "encoders must be a list, with a length of at least 1"),
        ({"levels": ["tribe"]}, "levels must be of species, .* got 'tribe'"),
        ({"sets": ["train"]}, "sets must be of random, species, institutions, each once, got 'train'"),
        ({"mislabels": {"levels": ["x"]}}, "mislabels.levels must be of"),
        ({"mislabels": {"share": 0.0}}, "mislabels.share must be a number, more than 0"),
        (
            {"pairs": [{"first": "Acer", "second": "Acer"}]},
            "pairs must be of two genera, .* 'Acer' and 'Acer'",
        ),
        (
            {"encoders": [{"name": "a", "features": "a.npz", "pair_features": "b.npz"}]},
            "must go with pair_data",
        ),
        (
            {"encoders": [{"name": "a", "features": "a"}] * 2},
            "encoders must have names, each its own, got 'a'",
        ),
        ({"encoders": [{"name": "a"}]}, "encoders must have features, or refused: .*; 'a'"),
        ({"wrong": 1}, "wrong is not a key here"),
    ],
)
def test_a_config_with_a_mistake_is_told(study: dict[str, Any], change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        compare({**study, **change}, Path("/nowhere"))


def test_features_that_are_none_are_told(study: dict[str, Any], tmp_path: Path) -> None:
    def with_features(path: Path) -> dict[str, Any]:
        return {**study, "encoders": [{"name": "a", "features": str(path)}]}

    path = tmp_path / "a.npz"
    for write, words in (
        (lambda: path.write_text("x"), "a.npz must be an .npz with ids and features"),
        (lambda: np.savez(path, features=np.ones((2, 2))), "with ids and features: 'ids is not"),
        (lambda: np.savez(path, ids=["p1", "p1"], features=np.ones((2, 2))), "got 1 distinct of 2"),
    ):
        write()  # type: ignore[no-untyped-call]
        with pytest.raises(DataError, match=words):
            compare(with_features(path), tmp_path / "out")
    with pytest.raises(DataError, match="none"):
        compare(with_features(tmp_path / "none"), tmp_path / "out")


def test_an_encoder_without_features_has_empty_rows_that_say_why_and_the_others_are_compared(
    study: dict[str, Any], done: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "broken.npz").write_text("x")
    np.savez(tmp_path / "few.npz", ids=["q"], features=np.ones((1, 2)))
    good = study["encoders"][0]
    encoders = [
        {"name": "broken", "features": str(tmp_path / "broken.npz")},
        {"name": "few", "features": str(tmp_path / "few.npz")},
        {"name": "untrained", "refused": "it could not be trained: one genus"},
        good,
    ]
    pairs = study["pairs"][:1]
    out = tmp_path / "out"
    document = compare({**study, "encoders": encoders, "sets": ["random"], "pairs": pairs}, out)
    found = rows(out / "identification.tsv")
    assert [row["encoder"] for row in found] == [
        name for name in ("broken", "few", "untrained", "good") for _ in range(3)
    ]
    reasons = {row["encoder"]: row["refused"] for row in found if row["of"] == "genus"}
    assert "broken.npz must be an .npz" in reasons["broken"]
    assert reasons["few"] == f"there are no features of any of the {document['sample']['random']} pictures"
    assert reasons["untrained"] == "it could not be trained: one genus" and not reasons["good"]
    # What the others lack takes nothing from the one that has all.
    whole = [row for row in done[1]["identification"] if (row["encoder"], row["set"]) == ("good", "random")]
    own = [row for row in document["identification"] if row["encoder"] == "good"]
    assert [row.get("mean") for row in own] == [row.get("mean") for row in whole]
    text = (out / "README.md").read_text()
    assert "broken (none), few (2 features), untrained (none), good (6 features)" in text
    assert "Discrimination, untrained, Acer / Betula, test sets: not done; it could not be trained" in text
    with pytest.raises(DataError, match="broken: .*; untrained: it could not"):
        compare({**study, "encoders": [encoders[0], encoders[2]]}, tmp_path / "none")


def test_features_that_are_the_same_for_all_are_said_and_the_others_are_compared(
    study: dict[str, Any], tmp_path: Path
) -> None:
    ids = [one.id for one in open_catalogue(Path(study["data"]))]
    np.savez(tmp_path / "flat.npz", ids=np.array(ids), features=np.full((len(ids), 3), 0.5))
    encoders = [{"name": "flat", "features": str(tmp_path / "flat.npz")}, study["encoders"][0]]
    config = {**study, "encoders": encoders, "sets": ["random"], "levels": ["genus"], "pairs": []}
    flat, good = compare(config, tmp_path / "out")["identification"]
    assert flat["refused"].startswith("features must differ between pictures, all 3 are the same for all")
    assert good["mean"]["f1"] > 0.95


def test_a_sample_of_another_collection_is_refused(study: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "catalogue.tsv"
    table.write_text(Path(study["data"]).read_text().replace("Acer aa", "Acer ab"))
    with pytest.raises(DataError, match=r"sample must be a sample of .*catalogue.tsv; its records have"):
        compare({**study, "data": str(table)}, tmp_path / "out")


def test_the_command(study: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "study.toml"
    lines = [f"data = {study['data']!r}", f"sample = {study['sample']!r}", "[[encoders]]", "name = 'good'"]
    config.write_text("\n".join([*lines, f"features = {study['encoders'][0]['features']!r}"]))
    command = ["compare", "--config", str(config), "--out", str(tmp_path / "out"), "--set", "sets=['random']"]
    assert main(command) == 0
    assert "| good | genus | random | " in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["discrimination"] == []
    assert main([*command, "--set", "data=nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main([*command, "--set", "folds=1"])
    assert caught.value.code == 2

"""What a study is made of: its settings, the pairs it chooses, the pictures it draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.config import ConfigError, read_config
from training.data.errors import DataError
from training.representation.encoders.config import KINDS
from training.representation.encoders.config import resolve as resolved_encoder
from training.representation.records import Record
from training.representation.study.config import DRAWN, PUBLISHED, resolved
from training.representation.study.pairs import chosen_pairs
from training.representation.study.run import run_study


def test_the_configs_that_come_along(tmp_path: Path) -> None:
    published = resolved(read_config(PUBLISHED))
    sample = {"most_per_species": 25, "home_source": None, "species_share": 0.1, "image_share": 0.1}
    assert published["seed"] == 89 and published["sample"] == sample
    assert [one["kind"] for one in published["encoders"]] == list(KINDS)
    for one in published["encoders"]:
        found = resolved_encoder({**one, "data": "x"})
        own = resolved_encoder(
            {**read_config(PUBLISHED.with_name(f"{one['kind']}.toml")), "data": "x", "name": one["name"]}
        )
        assert found == own  # as the file of the kind by itself, which is tested against the paper
    assert [pair["second"] for pair in published["compare"]["pairs"]] == ["Eugenia", "Dendrobium"]
    assert (published["geometry"]["neighbours"], published["geometry"]["min_dist"]) == (15, 0.1)
    small = resolved(read_config(DRAWN))
    assert small["compare"]["pairs"] is None and small["sample"] == sample
    assert {one["weights"] for one in small["encoders"]} == {""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoders": [{"kind": "gan"}]}, "encoders.0.kind must be"),
        (
            {"encoders": [{"kind": "triplet"}] * 2},
            "encoders must have names, each its own.* 'resnet18-triplet'",
        ),
        ({"encoders": [{"kind": "triplet", "name": "../x"}]}, "that a folder can have; got '../x'"),
        (
            {"encoders": [{"kind": "triplet", "seed": 1}]},
            "encoders.0.seed must be that of the study, 89, got 1",
        ),
        ({"encoder": {"data": "x"}}, "data, catalogue and leave_out are the study's own"),
        ({"encoders": [{"model": "m", "epochs": 3}]}, "encoders.0.epochs is not a key here"),
        ({"compare": {"pairs": [{"first": "Acer"}]}}, "compare.pairs.0.second must be given"),
    ],
)
def test_a_config_with_a_mistake_is_told(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        run_study(change, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pairs_are_chosen_by_the_taxonomy() -> None:
    def records(**genera: tuple[str, str, int]) -> list[Record]:
        return [
            Record(f"{name}{n}", "x", f"{name} alba", name, family, order)
            for name, (family, order, count) in genera.items()
            for n in range(count)
        ]

    some = records(
        A=("Aceae", "Ales", 5), B=("Aceae", "Ales", 9), C=("Ceae", "Ales", 20), D=("Deae", "Dales", 7)
    )
    assert chosen_pairs(some) == [
        {"first": "B", "second": "A", "kind": "similar"},
        {"first": "B", "second": "D", "kind": "distinct"},
    ]
    # Without orders another family is distinct; without families there is no pair.
    assert (
        chosen_pairs(records(A=("Aceae", "", 5), B=("Aceae", "", 9), C=("Ceae", "", 2)))[1]["second"] == "C"
    )
    assert chosen_pairs(records(A=("", "", 5), B=("", "", 9))) == []
    assert len(chosen_pairs(records(A=("Aceae", "Ales", 5), B=("Aceae", "Ales", 9)))) == 1


def test_no_data_at_all_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalogue.tsv").write_text("id\tfile\tspecies\n")
    with pytest.raises(DataError, match="must have pictures, it has none"):
        run_study({}, tmp_path, tmp_path / "out")


def test_a_drawn_set_is_the_same_again_and_another_with_another_seed(tmp_path: Path) -> None:
    from training.representation.catalogue import open_catalogue
    from training.representation.drawn import draw_half_earth

    small: dict[str, Any] = {"genera": 4, "species": 2, "per_species": 5, "size": 24}
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        draw_half_earth(tmp_path / name, seed=seed, **small)
    catalogue = open_catalogue(tmp_path / "one")
    assert len(catalogue) == 40 and catalogue.sha256 == open_catalogue(tmp_path / "two").sha256
    for one in catalogue:
        data = (tmp_path / "one" / one.file).read_bytes()
        assert data == (tmp_path / "two" / one.file).read_bytes()
        assert data != (tmp_path / "other" / one.file).read_bytes()
    assert {one.family for one in catalogue} == {"Aceraceae", "Carexaceae"}
    assert len({one.order for one in catalogue}) == 2
    # Of each species three of five are of NY, and the others of the other two.
    sources = [one.source for one in catalogue if one.species == "Acer alba"]
    assert sorted(sources) == ["AK", "BRI", "NY", "NY", "NY"]
    with pytest.raises(ValueError, match="institutions must be 1 to 5, got 6"):
        draw_half_earth(tmp_path / "x", institutions=6)

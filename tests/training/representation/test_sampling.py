"""The rules of the sample: on cases worked out by hand, and on any catalogue."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.representation.planted import make_half_earth
from training.__main__ import main
from training.data.errors import DataError
from training.representation.catalogue import Catalogue, Record
from training.representation.sample import Sample
from training.representation.sampling import drawn, sample, sample_nameless


def catalogue(*groups: tuple[str, str, int]) -> Catalogue:
    """Pictures by (species, source, how many)."""
    records = []
    for species, source, n in groups:
        for _ in range(n):
            name = f"p{len(records):03d}"
            records.append(Record(name, f"{name}.jpg", species, species.partition(" ")[0], source=source))
    return Catalogue(Path("made"), tuple(records))


def taken(found: Sample) -> dict[str, tuple[int, int, int]]:
    return {one["step"]: (one["taken"], one["held_out"], one["left"]) for one in found.facts["steps"]}


def test_each_step_on_a_case_by_hand() -> None:
    made = catalogue(
        ("Acer alba", "NY", 30), ("Acer nigra", "NY", 10), ("Acer alba", "AK", 1), ("Betula alba", "NY", 1),
        ("Carex alba", "AK", 4), ("", "NY", 2), ("Erica alba", "", 3),
    )  # fmt: skip
    found = sample(made, most_per_species=5, species_share=0, image_share=0.2, home_source="NY")
    away = sum(made[id].source == "AK" and made[id].genus == "Acer" for id in found.sets["institutions"])
    steps = taken(found)
    assert steps["no species or genus"] == (2, 0, 49)
    assert steps["no institution"] == (3, 0, 46)
    assert steps["cap"] == (46 - 15, 0, 15)  # 5 alba, 5 nigra, 1 Betula, 4 Carex
    assert steps["institutions"] == (0, 4 + away, 11 - away)
    assert steps["species"] == (0, 0, 11 - away)
    assert steps["random"][1] == 2  # a fifth of 11 or 10
    assert {made[id].genus for id in found.sets["train"]} == {"Acer"}
    assert all(made[id].genus == "Acer" for ids in found.sets.values() for id in ids)


def test_shares_are_rounded_to_the_nearest_halves_up() -> None:
    names = [str(each) for each in range(25)]
    assert [len(drawn(names[:n], 0.1, 89, "x")) for n in (0, 4, 5, 14, 15, 25)] == [0, 0, 1, 1, 2, 3]


def test_a_species_held_out_is_in_no_other_set_of_home() -> None:
    made = catalogue(*[(f"Acer {'abcdefghij'[each]}a", "NY", 4) for each in range(10)])
    found = sample(made)
    held = {made[id].species for id in found.sets["species"]}
    assert len(held) == 1
    assert len(found.sets["species"]) == 4
    assert len(found.sets["random"]) == 4  # a tenth of 36, halves up
    assert not held & {made[id].species for name in ("train", "random") for id in found.sets[name]}


def test_a_genus_with_one_picture_left_is_dropped_and_its_tests_with_it() -> None:
    made = catalogue(("Acer alba", "NY", 5), ("Erica alba", "NY", 1), ("Erica alba", "AK", 1))
    found = sample(made, species_share=0, image_share=0)
    assert taken(found)["genera with one picture"] == (1, 0, 5)
    assert taken(found)["genera not trained on"] == (1, 0, 5)
    assert found.facts["steps"][-1]["of_sets"] == {"random": 0, "species": 0, "institutions": 1}
    assert found.sets["institutions"] == ()


def test_home_is_the_institution_with_most_pictures_unless_named() -> None:
    made = catalogue(("Acer alba", "NY", 4), ("Acer nigra", "AK", 5), ("Acer rubra", "AK", 2))
    assert sample(made).facts["home_source"] == "AK"
    assert sample(made, home_source="NY").facts["home_source"] == "NY"
    with pytest.raises(DataError, match="home_source must be an institution, got 'K'; known: AK, NY"):
        sample(made, home_source="K")


def test_without_any_institution_none_is_held_out() -> None:
    found = sample(catalogue(("Acer alba", "", 10), ("Acer nigra", "", 10)))
    assert found.facts["home_source"] == ""
    assert found.sets["institutions"] == ()
    assert found.sets["train"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"most_per_species": 0}, "most_per_species must be at least 1, got 0"),
        ({"species_share": 1.0}, "species_share must be .* got 1.0"),
        ({"image_share": float("nan")}, "image_share must be .* got nan"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, float], words: str) -> None:
    with pytest.raises(DataError, match=words):
        sample(catalogue(("Acer alba", "NY", 4)), **options)  # type: ignore[arg-type]


def test_a_catalogue_without_taxonomy_is_told_so() -> None:
    with pytest.raises(DataError, match=r"made: .* species and a genus .* none of 2 has both"):
        sample(Catalogue(Path("made"), (Record("a", "a"), Record("b", "b", "", "Acer"))))
    with pytest.raises(DataError, match=r"nothing is left to train on, of 1 pictures; .* genera"):
        sample(catalogue(("Acer alba", "NY", 1)))


RECORDS = st.lists(
    st.tuples(
        st.sampled_from("ABCD"), st.sampled_from("xyz"), st.sampled_from(["NY", "NY", "AK", "BRI", ""])
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.integers(1, 6), st.sampled_from([0.0, 0.1, 0.5]), st.randoms(use_true_random=False))
def test_the_rules_hold_for_any_catalogue(rows: list, most: int, share: float, random) -> None:  # type: ignore[type-arg, no-untyped-def]
    records = [
        Record(str(place), f"{place}.jpg", f"{genus}acer {kind}a", f"{genus}acer", source=source)
        for place, (genus, kind, source) in enumerate(rows)
    ]
    made = Catalogue(Path("made"), tuple(records))
    options = {"most_per_species": most, "species_share": share, "image_share": share}
    try:
        found = sample(made, **options)  # type: ignore[arg-type]
    except DataError as error:
        assert "nothing is left" in str(error)
        return
    sets = {name: [made[id] for id in ids] for name, ids in found.sets.items()}
    everything = [one.id for some in sets.values() for one in some]
    assert len(everything) == len(set(everything))
    assert max(Counter(made[id].species for id in everything).values()) <= most
    home = found.facts["home_source"]
    assert all(
        (one.source == home) == (name != "institutions") for name, some in sets.items() for one in some
    )
    held = {one.species for one in sets["species"]}
    assert not held & {one.species for name in ("train", "random") for one in sets[name]}
    genera = Counter(one.genus for one in sets["train"])
    assert min(genera.values()) > 1
    assert all(one.genus in genera for some in sets.values() for one in some)
    steps = found.facts["steps"]
    assert len(everything) + sum(one["taken"] for one in steps) == len(records)
    assert len(everything) == steps[-1]["left"] + sum(one["held_out"] for one in steps) - steps[-1]["taken"]
    random.shuffle(records)
    again = sample(Catalogue(Path("elsewhere"), tuple(records)), **options)  # type: ignore[arg-type]
    assert again == found


def test_each_seed_draws_otherwise_at_every_step() -> None:
    made = catalogue(*[(f"Acer {'abcdefghij'[each]}a", "NY", 20) for each in range(10)])
    options = [
        {"most_per_species": 10, "species_share": 0, "image_share": 0},
        {"species_share": 0.5, "image_share": 0},
        {"species_share": 0, "image_share": 0.5},
    ]
    for each in options:
        assert sample(made, seed=1, **each).sets != sample(made, seed=2, **each).sets  # type: ignore[arg-type]
        assert sample(made, seed=1, **each).sets == sample(made, seed=1, **each).sets  # type: ignore[arg-type]


def test_without_taxonomy_sets_are_drawn_by_institution_and_chance() -> None:
    made = catalogue(("", "NY", 40), ("", "AK", 7), ("", "", 3))
    with pytest.raises(DataError, match="must have a species and a genus to be sampled"):
        sample(made)
    found = sample_nameless(made, image_share=0.1)
    assert {name: len(ids) for name, ids in found.sets.items()} == {
        "train": 36, "random": 4, "species": 0, "institutions": 7
    }  # fmt: skip
    # More than a species may have, as no species is known; and those of nowhere are nowhere.
    assert taken(found)["no institution"] == (3, 0, 47)
    assert not set(found.sets["train"]) & set(found.sets["random"])
    assert {made[id].source for id in found.sets["institutions"]} == {"AK"}
    assert found.facts["sets"]["train"] == {
        "pictures": 36, "species": 0, "genera": 0, "families": 0, "orders": 0, "institutions": 1
    }  # fmt: skip
    assert sample_nameless(made, seed=1).sets != found.sets == sample_nameless(made).sets
    assert sample_nameless(made, home_source="AK").facts["home_source"] == "AK"


def test_the_command_writes_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = make_half_earth(tmp_path / "data", size=8)
    command = ["sample", "--data", str(data), "--most-per-species", "5", "--image-share", "0.2"]
    assert main([*command, "--out", str(tmp_path / "one")]) == 0
    assert "institutions: 0 dropped" in capsys.readouterr().out
    assert main([*command, "--out", str(tmp_path / "two"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["most_per_species"] == 5
    for name in ("sample.tsv", "sample.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    found = Sample.read(tmp_path / "one")
    assert found.facts["home_source"] == "NY"
    assert {name: len(ids) for name, ids in found.sets.items()} == {
        name: counts["pictures"] for name, counts in found.facts["sets"].items()
    }
    assert all(found.sets.values())


def test_wrong_use_and_wrong_data_have_their_own_status(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    command = ["sample", "--data", str(tmp_path), "--out", str(tmp_path)]
    assert main(command) == 1
    assert "none of them is there" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main([*command, "--image-share", "1"])
    assert caught.value.code == 2


def test_a_sample_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    made = sample(catalogue(("Acer alba", "NY", 5)), species_share=0)
    made.write(tmp_path)
    assert Sample.read(tmp_path) == made
    text = (tmp_path / "sample.tsv").read_text()
    (tmp_path / "sample.tsv").write_text(text.rpartition("p0")[0])
    with pytest.raises(DataError, match=r"sample.tsv: random must have 1 pictures, it has 0"):
        Sample.read(tmp_path)
    (tmp_path / "sample.tsv").write_text(text.replace("\ttrain", "\ttrein"))
    with pytest.raises(DataError, match=r"sample.tsv, line 2 must be an id and one of train, .* 'trein'"):
        Sample.read(tmp_path)
    (tmp_path / "sample.json").write_text("{}")
    with pytest.raises(DataError, match="format and version"):
        Sample.read(tmp_path)
    with pytest.raises(DataError, match="python -m training sample writes it"):
        Sample.read(tmp_path / "none")

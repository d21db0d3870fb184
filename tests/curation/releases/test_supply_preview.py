"""What the page that freezes foretells against what is frozen, and how much it thinks could help."""

from __future__ import annotations

from typing import Any

import pytest

from curation.models import Candidate
from curation.selectors.shortage import lacks
from curation.selectors.supply_preview import Choice, Use, preview, share_out, stock
from curation.services.balance import Picture, Sizes, selection_order
from curation.services.freeze import freeze
from tests.curation.releases.conftest import Garden, MakeGarden
from tests.factories import decide, make_candidate, make_image, make_model, make_prediction

pytestmark = pytest.mark.django_db


def guessed(garden: Garden, index: int, n: int, sure: float = 0.8, **fields: Any) -> list[Candidate]:
    """n open candidates that the model takes for the class of this index."""
    rest = [(1 - sure) / 2] * 3
    rest[index] = sure
    found = []
    for _ in range(n):
        row = make_candidate(garden.project, make_image(**fields))
        make_prediction(row, make_model(["A", "B", "C"]), rest)
        found.append(row)
    return found


class TestTheNumbers:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    @pytest.mark.parametrize("wanted", [1, 4, 7, 10, 13, 99])
    def test_even_sources_are_foretold_exactly(self, seed: int, wanted: int) -> None:
        there = {"big": 9, "mid": 4, "small": 1, "other": 4}
        pictures = [
            Picture(f"{code}-{n}", 3, code, f"{code}-{n}")
            for code, many in there.items()
            for n in range(many)
        ]
        chosen = selection_order(pictures, "even-sources", seed)[:wanted]
        found = {code: sum(p.source == code for p in chosen) for code in there}
        assert share_out(there, wanted, "even-sources", seed, 3) == found

    def test_random_is_foretold_in_proportion_and_adds_up(self) -> None:
        assert share_out({"a": 60, "b": 30, "c": 10}, 10, "random", 1, 0) == {"a": 6, "b": 3, "c": 1}
        assert share_out({"a": 1, "b": 1, "c": 1}, 2, "random", 1, 0) == {"a": 1, "b": 1, "c": 0}
        for wanted in range(12):
            assert sum(share_out({"a": 5, "b": 3, "c": 3}, wanted, "random", 1, 0).values()) == min(
                wanted, 11
            )
        assert share_out({}, 3, "random", 1, 0) == {}

    def test_the_preview_is_what_is_frozen(self, make_garden: MakeGarden) -> None:
        garden = make_garden(2, key="flora")
        for label in garden.classes:
            for n in range(12):
                garden.plant(
                    label,
                    source=["A", "A", "A", "B", "C", "T"][n % 6],
                    licence=["CC0-1.0", "CC-BY-4.0"][n % 2],
                )
        choice = Choice(
            Sizes(4, 1, 1),
            "even-sources",
            5,
            uses={"B": Use.OUT, "T": Use.TEST},
            licences=("CC0-1.0", "CC-BY-4.0"),
        )
        shown = preview(stock(garden.project), choice)
        assert shown.sizes == Sizes(4, 0, 1) and shown.apart == 4
        release = freeze(
            garden.project,
            seed=5,
            train=4,
            validate=1,
            balance="even-sources",
            only_sources=["A", "C", "T"],
            test_sources=["T"],
            only_licences=list(choice.licences),
        )
        frozen: dict[tuple[str, str], int] = {}
        for key in release.members.values_list("category", "source"):
            frozen[key] = frozen.get(key, 0) + 1
        assert frozen == {key: n for key, n in shown.everything.items() if n}
        assert {m.source for m in release.members.filter(split="test")} == {"T"}

    def test_licences_and_sources_left_out_are_not_counted(self, make_garden: MakeGarden) -> None:
        garden = make_garden(1, key="flora")
        [label] = garden.classes
        for source, licence in [("K", "CC0-1.0"), ("K", "CC-BY-4.0"), ("P", "CC0-1.0"), ("S", "CC0-1.0")]:
            garden.plant(label, source=source, licence=licence)
        garden.project.licences_accepted = ["CC0", "CC-BY"]
        garden.plant(label, source="K", licence="CC-BY-SA-4.0")
        found = stock(garden.project)
        choice = Choice(Sizes(3, 0, 0), licences=("CC0-1.0",), uses={"P": Use.OUT, "S": Use.SURVEY})
        [supply] = preview(found, choice).supplies
        assert (supply.accepted, supply.barred, supply.missing) == (1, 3, 2)
        assert preview(found, choice).aside == {("class-a", "S"): 1}
        [supply] = preview(found, Choice(Sizes(3, 0, 0))).supplies
        assert (supply.accepted, supply.barred, supply.missing) == (4, 1, 0)


class TestWhatCouldHelp:
    def test_as_many_as_the_models_record_asks_for(self, make_garden: MakeGarden) -> None:
        garden = make_garden(3, key="flora")
        a, b, _ = garden.classes
        for n, row in enumerate(guessed(garden, 0, 20)):
            decide(row, a if n < 15 else b, garden.user)
        guessed(garden, 0, 4, source="K")
        guessed(garden, 0, 3, source="P")
        found = stock(garden.project)
        choice = Choice(Sizes(16, 1, 1))
        lack = lacks(found, choice, preview(found, choice).short)[0]
        # 3 are missing and the model was right in 15 of 20.
        assert (lack.supply.missing, lack.hit, lack.judged, lack.needed, lack.to_send) == (3, 0.75, 20, 4, 4)
        assert [(offer.source.code, offer.waiting) for offer in lack.offers] == [("K", 4), ("P", 3)]

    def test_without_a_record_the_model_is_believed(self, make_garden: MakeGarden) -> None:
        garden = make_garden(3, key="flora")
        guessed(garden, 0, 3, sure=0.5)
        found = stock(garden.project)
        choice = Choice(Sizes(2, 0, 0))
        lack = lacks(found, choice, preview(found, choice).short)[0]
        assert (lack.judged, lack.needed, lack.to_send, lack.falls_short) == (0, 4, 3, True)
        assert lack.hit == pytest.approx(0.5)

    def test_only_from_sources_and_licences_that_count(self, make_garden: MakeGarden) -> None:
        garden = make_garden(3, key="flora")
        guessed(garden, 0, 1, source="K", licence="CC0-1.0")
        guessed(garden, 0, 1, source="P", licence="CC0-1.0")
        guessed(garden, 0, 1, source="K", licence="CC-BY-SA-4.0")
        garden.project.licences_accepted = ["CC0", "CC-BY"]
        guessed(garden, 0, 1, source="T", licence="CC0-1.0")
        found = stock(garden.project)
        choice = Choice(Sizes(9, 0, 0), uses={"P": Use.OUT, "T": Use.TEST})
        first, second, _ = lacks(found, choice, preview(found, choice).short)
        assert [(offer.source.code, offer.waiting) for offer in first.offers] == [("K", 1)]
        assert second.offers == [] and second.to_send == 0

"""Which rule counts: overlapping rules by hand, then against a slow and obvious reference."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.services.source_rules import PATTERNS, Codes, Resolver, Rule


def rules(*triples: tuple[str, str, str]) -> list[Rule]:
    """Rules numbered from 1; each leads to a source of ten times its number."""
    return [Rule(number, number * 10, Codes(*triple)) for number, triple in enumerate(triples, start=1)]


def test_the_rule_with_most_fields_counts() -> None:
    resolver = Resolver(rules(("", "MNHN", ""), ("", "MNHN", "P"), ("d1", "MNHN", "P")))
    assert resolver.source_for("d2", "MNHN", "ZO") == 10
    assert resolver.source_for("d2", "MNHN", "P") == 20
    assert resolver.source_for("d1", "MNHN", "P") == 30


def test_of_as_many_fields_dataset_then_institution_then_collection() -> None:
    one = Resolver(rules(("", "", "E"), ("", "E", ""), ("d", "", "")))
    assert one.source_for("d", "E", "E") == 30
    assert one.source_for("x", "E", "E") == 20
    assert one.source_for("x", "RBGE", "E") == 10
    two = Resolver(rules(("", "E", "E"), ("d", "", "E"), ("d", "E", "")))
    assert two.source_for("d", "E", "E") == 30
    assert two.source_for("d", "RBGE", "E") == 20
    assert two.source_for("x", "E", "E") == 10


def test_codes_are_compared_exactly_but_for_blanks_around_them() -> None:
    resolver = Resolver(rules(("", " F ", "")))
    assert resolver.source_for("", "F", "Botany") == 10
    assert resolver.source_for("", "\tF ", "") == 10
    assert resolver.source_for("", "f", "") is None
    assert resolver.source_for("", "FMNH", "") is None


def test_what_no_rule_names_has_no_source() -> None:
    assert Resolver([]).source_for("", "", "") is None
    assert Resolver(rules(("d", "", ""))).source_for("", "", "") is None
    with pytest.raises(ValueError, match="names none of"):
        Resolver([Rule(1, 1, Codes("", " ", ""))])


def slow(given_rules: list[Rule], codes: Codes) -> int | None:
    """All rules that match, best first by the words of the rule: fields given, then which."""
    matching = [
        rule
        for rule in given_rules
        if all(not want or want == have for want, have in zip(rule.codes, codes, strict=True))
    ]
    matching.sort(
        key=lambda rule: (
            -sum(bool(value) for value in rule.codes),
            not rule.codes.dataset_key,
            not rule.codes.institution_code,
            not rule.codes.collection_code,
        )
    )
    return matching[0].source if matching else None


CODE = st.sampled_from(["", "a", "b", "A"])
CODES = st.builds(Codes, CODE, CODE, CODE)


@given(triples=st.sets(CODES.filter(any), max_size=40), asked=st.lists(CODES, max_size=30))
@example(
    triples={Codes("a", "", "a"), Codes("", "a", "a"), Codes("a", "a", "")}, asked=[Codes("a", "a", "a")]
)
def test_agrees_with_trying_every_rule(triples: set[Codes], asked: list[Codes]) -> None:
    every = rules(*sorted(triples))
    resolver = Resolver(every)
    for codes in asked:  # the second time the answer is one that was kept
        assert [resolver.source_for(*codes) for _ in range(2)] == [slow(every, codes)] * 2


def test_no_more_answers_are_kept_than_memory_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.services.source_rules.KEPT", 10)
    resolver = Resolver(rules(("", "F", "")))
    for number in range(100):
        assert resolver.source_for(str(number), "F", "") == 10
    assert len(resolver._answers) <= 10


def test_every_way_to_fill_a_rule_has_its_place() -> None:
    ways = {tuple(i for i in range(3) if number >> i & 1) for number in range(1, 8)}
    assert set(PATTERNS) == ways and len(PATTERNS) == 7

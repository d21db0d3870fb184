"""Which source a record comes from, by the codes it carries. Pure: no database, no Django.

An institution code is no key: the same one is written by several collections, and one collection writes
several. So a record gets a source only where a rule names its codes exactly (case and all, but for blanks
around them). Of the rules that match, the one with most fields counts; of those with as many, the one that
names the dataset, then the institution, then the collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

FIELDS = ("dataset_key", "institution_code", "collection_code")
# Positions in FIELDS that a rule may use, in the order in which rules count.
PATTERNS: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1), (0, 2), (1, 2), (0,), (1,), (2,))
KEPT = 20_000  # answers


class Codes(NamedTuple):
    """What a record or rule carries; "" for nothing (in a rule: anything)."""

    dataset_key: str = ""
    institution_code: str = ""
    collection_code: str = ""

    def stripped(self) -> Codes:
        return Codes(*(value.strip() for value in self))


@dataclass(frozen=True)
class Rule:
    """`codes` without blanks around them, at least one of them given."""

    pk: int
    source: int
    codes: Codes


class Resolver:
    """All rules at once; a look-up costs one dictionary access a pattern that any rule uses (7 at most).

    Answers are kept, for a delivery has many records and few combinations of codes.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        tables: dict[tuple[int, ...], dict[tuple[str, ...], Rule]] = {}
        for rule in rules:
            codes = rule.codes.stripped()
            pattern = tuple(position for position, value in enumerate(codes) if value)
            if not pattern:
                raise ValueError(f"Source rule {rule.pk} names none of {', '.join(FIELDS)}.")
            tables.setdefault(pattern, {})[tuple(codes[position] for position in pattern)] = rule
        self._tables = [(pattern, tables[pattern]) for pattern in PATTERNS if pattern in tables]
        self._answers: dict[tuple[str, str, str], int | None] = {}

    def rule_for(self, dataset_key: str, institution_code: str, collection_code: str) -> Rule | None:
        """The rule that counts for a record with these codes, or None."""
        codes = (dataset_key.strip(), institution_code.strip(), collection_code.strip())
        for pattern, table in self._tables:
            rule = table.get(tuple(codes[position] for position in pattern))
            if rule is not None:
                return rule
        return None

    def source_for(self, dataset_key: str, institution_code: str, collection_code: str) -> int | None:
        """The key of the source of a record with these codes, or None: it waits for a person."""
        codes = (dataset_key, institution_code, collection_code)
        try:
            return self._answers[codes]
        except KeyError:
            rule = self.rule_for(*codes)
        if len(self._answers) >= KEPT:  # a code of its own for each record must not fill the memory
            self._answers.clear()
        answer = self._answers[codes] = rule.source if rule else None
        return answer

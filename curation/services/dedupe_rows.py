"""The pictures as grouping reads them, in one pass, and as it writes them back: only what changed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from curation.imaging.hashing import from_signed
from curation.imaging.neighbours import Marked, Marks, Names

AT_ONCE = 10_000


@dataclass(frozen=True)
class Rows:
    """N pictures, but for those made from others: these share their parent's leak group whatever they are.

    groups: names of the groups they are in. settled: whether a person put them there. group_marks,
    occurrences, catalogue: equal numbers for the same group, occurrenceID of a source, catalogue number of a
    source; -1 for none.
    """

    ids: npt.NDArray[np.int64]
    names: Names
    hashes: npt.NDArray[np.uint64]
    groups: Names
    settled: Marked
    group_marks: Marks
    occurrences: Marks
    catalogue: Marks


class _Numbers:
    """Gives equal things equal numbers, from 0 on."""

    def __init__(self) -> None:
        self.known: dict[Hashable, int] = {}

    def __call__(self, thing: Hashable) -> int:
        return self.known.setdefault(thing, len(self.known))


def read_rows() -> Rows:
    """One streaming query. Must be called in a transaction."""
    ids: list[int] = []
    names: list[str] = []
    hashes: list[int] = []
    groups: list[str] = []
    settled: list[bool] = []
    marks: tuple[list[int], list[int], list[int]] = ([], [], [])
    group_number, occurrence_number, catalogue_number = _Numbers(), _Numbers(), _Numbers()
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            'SELECT id, sha256, dhash, "group", group_settled, source_id, occurrence_id, catalog_number '
            "FROM curation_image WHERE parent_id IS NULL"
        )
        while found := cursor.fetchmany(AT_ONCE):
            for pk, sha256, dhash, group, by_person, source, occurrence, catalog in found:
                ids.append(pk)
                names.append(sha256)
                hashes.append(from_signed(dhash))
                groups.append(group)
                settled.append(by_person)
                marks[0].append(group_number(group))
                marks[1].append(occurrence_number((source, occurrence)) if occurrence else -1)
                marks[2].append(catalogue_number((source, catalog)) if catalog else -1)
    by_group, by_occurrence, by_catalogue = (np.array(row, np.int64) for row in marks)
    return Rows(
        np.array(ids, np.int64),
        np.array(names, "S64"),
        np.array(hashes, np.uint64),
        np.array(groups, "S64"),
        np.array(settled, bool),
        by_group,
        by_occurrence,
        by_catalogue,
    )


def write_groups(ids: npt.NDArray[np.int64], groups: Names) -> None:
    """Put the pictures (N,) into the groups of these names (N,).

    One that stood for its group does so no longer, but where a person settled it: then all of it moves.
    """
    with connection.cursor() as cursor:
        for start in range(0, len(ids), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            cursor.execute(
                'UPDATE curation_image AS image SET "group" = made.name, '
                "representative = image.representative AND image.group_settled "
                "FROM unnest(%s::bigint[], %s::text[]) AS made (id, name) WHERE image.id = made.id",
                [ids[some].tolist(), [name.decode() for name in groups[some].tolist()]],
            )

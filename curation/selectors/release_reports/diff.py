"""What differs between two releases, picture by picture: a full join on the SHA-256.

Classes are compared by slug, so releases of two projects can be compared too. A picture in both may be moved
(another split), relabelled (another class), of another source or under another licence, or all of that.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from curation.models import Release, Split
from curation.selectors.release_reports.counts import composition, keep, kept, mark

ADDED, REMOVED, MOVED, RELABELLED = "added", "removed", "moved", "relabelled"
SOURCE, LICENCE, SAME = "source", "licence", "same"
KINDS = (ADDED, REMOVED, MOVED, RELABELLED, SOURCE, LICENCE, SAME)
AT_ONCE = 2_000  # rows read together

_A, _B = "a.split, a.category, a.source, a.licence", "b.split, b.category, b.source, b.licence"
# `change` in an address -> how the two are joined, the order, and the condition.
_JOINS = {
    ADDED: ("RIGHT JOIN", "b.sha256", "a.sha256 IS NULL"),
    REMOVED: ("LEFT JOIN", "a.sha256", "b.sha256 IS NULL"),
    MOVED: ("JOIN", "a.sha256", "a.split <> b.split"),
    RELABELLED: ("JOIN", "a.sha256", "a.category <> b.category"),
    SOURCE: ("JOIN", "a.sha256", "a.source <> b.source"),
    LICENCE: ("JOIN", "a.sha256", "a.licence <> b.licence"),
    SAME: ("JOIN", "a.sha256", f"({_A}) = ({_B})"),
    "": ("FULL JOIN", "coalesce(a.sha256, b.sha256)", f"({_A}) IS DISTINCT FROM ({_B})"),
}
_FILTERS = {
    "category": "(a.category = %(category)s OR b.category = %(category)s)",
    "category_a": "a.category = %(category_a)s",
    "category_b": "b.category = %(category_b)s",
    "split_a": "a.split = %(split_a)s",
    "split_b": "b.split = %(split_b)s",
}
FILTERS = ("change", *_FILTERS)
_SIDES = """\
(SELECT * FROM curation_releasemember WHERE release_id = %(a)s) a
{join} (SELECT * FROM curation_releasemember WHERE release_id = %(b)s) b ON a.sha256 = b.sha256"""
# Members are written in the order of their SHA-256, so within a release primary keys have that order.
_COUNTS = f"""\
SELECT a.category, b.category, a.split, b.split, a.source <> b.source, a.licence <> b.licence,
       array_agg(coalesce(a.id, b.id) ORDER BY coalesce(a.id, b.id))
FROM {_SIDES.format(join="FULL JOIN")} GROUP BY 1, 2, 3, 4, 5, 6"""
_ROWS = """\
SELECT coalesce(a.sha256, b.sha256), coalesce(a.image_id, b.image_id), a.category, b.category,
       a.split, b.split, a.source, b.source, a.licence, b.licence, coalesce(b.original_name, a.original_name)
FROM {sides} WHERE {conditions} ORDER BY {order}"""


class Counted(NamedTuple):
    """How many pictures differ in one way; what is None is not in that release."""

    category_a: str | None
    category_b: str | None
    split_a: str | None
    split_b: str | None
    source: bool | None  # whether it differs
    licence: bool | None
    n: int

    @property
    def kinds(self) -> frozenset[str]:
        return _kinds(self)

    def meets(self, asked: Mapping[str, str]) -> bool:
        """The same as the SQL of `Rows`."""
        change = asked.get("change")
        if change not in self.kinds if change else SAME in self.kinds:
            return False
        either = asked.get("category")
        if either and either not in (self.category_a, self.category_b):
            return False
        rest = ("category_a", "category_b", "split_a", "split_b")
        return all(getattr(self, name) == asked[name] for name in rest if asked.get(name))


@lru_cache(maxsize=10_000)  # a page asks a hundred times about each of some hundred counts
def _kinds(counted: Counted) -> frozenset[str]:
    if counted.category_a is None:
        return frozenset({ADDED})
    if counted.category_b is None:
        return frozenset({REMOVED})
    found = {
        MOVED: counted.split_a != counted.split_b,
        RELABELLED: counted.category_a != counted.category_b,
        SOURCE: bool(counted.source),
        LICENCE: bool(counted.licence),
    }
    return frozenset(kind for kind, differs in found.items() if differs) or frozenset({SAME})


class Row(NamedTuple):
    """One picture that differs; what is None is not in that release."""

    sha256: str
    image_id: int
    category_a: str | None
    category_b: str | None
    split_a: str | None
    split_b: str | None
    source_a: str | None
    source_b: str | None
    licence_a: str | None
    licence_b: str | None
    original_name: str

    @property
    def kinds(self) -> list[str]:
        """In the order of KINDS."""
        differs = (self.source_a != self.source_b, self.licence_a != self.licence_b)
        counted = Counted(self.category_a, self.category_b, self.split_a, self.split_b, *differs, 1)
        return [kind for kind in KINDS if kind in counted.kinds]


@dataclass(frozen=True)
class Diff:
    a: Release
    b: Release
    counts: list[Counted]

    @property
    def names(self) -> dict[str, str]:
        """Class slug -> name, in the order of the classes of `b`, then of those only `a` has."""
        found = {label.slug: label.name for label in composition(self.b).labels}
        return found | {
            label.slug: label.name for label in composition(self.a).labels if label.slug not in found
        }

    def count(self, **asked: str) -> int:
        """Pictures that meet all of `asked` (see FILTERS); without `change`, of those that differ."""
        return sum(counted.n for counted in self.counts if counted.meets(asked))


def diff(a: Release, b: Release) -> Diff:
    """One query the first time, and one a release for the names of its classes; both never change."""
    return Diff(a, b, kept(b, f"diff:{mark(a)}", lambda: _count(a, b)[0]))


def _count(a: Release, b: Release) -> tuple[list[Counted], list[bytes]]:
    """Counts, and the members behind each of them, 8 bytes a picture, which are also put away for `Rows`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"a": a.pk, "b": b.pk})
        # In one order always: the members are kept by their place in it.
        rows = sorted(cursor.fetchall(), key=lambda row: str(row[:6]))
    packed = [array("q", row[6]).tobytes() for row in rows]
    for at, ids in enumerate(packed):
        keep(b, _ids_name(a, at), ids)
    return [Counted._make((*row[:6], len(row[6]))) for row in rows], packed


def _ids_name(a: Release, at: int) -> str:
    """Under what the members behind one of the counts are kept."""
    return f"diff:{mark(a)}:{at}"


def _ids_again(a: Release, b: Release, at: int) -> bytes:
    return _count(a, b)[1][at]


class Rows:
    """The pictures that meet `asked`, in the order of their SHA-256: what a Paginator takes.

    Their number and primary keys come from what is kept, so that any page costs one short query.
    """

    def __init__(self, found: Diff, asked: Mapping[str, str]) -> None:
        self._diff, self._asked = found, {name: asked[name] for name in FILTERS if asked.get(name)}

    def __len__(self) -> int:
        return self._diff.count(**self._asked)

    def _query(self) -> tuple[str, dict[str, Any]]:
        join, order, condition = _JOINS[self._asked.get("change", "")]
        conditions = [condition, *(sql for name, sql in _FILTERS.items() if name in self._asked)]
        text = _ROWS.format(sides=_SIDES.format(join=join), conditions=" AND ".join(conditions), order=order)
        return text, self._asked | {"a": self._diff.a.pk, "b": self._diff.b.pk}

    def __getitem__(self, part: Any) -> list[Row]:
        """A slice of what meets one `change`; there is no order of primary keys over all of them."""
        change = self._asked["change"]
        ids = self._ids()[part]
        join, order, _condition = _JOINS[change]
        side = "b" if change == ADDED else "a"
        text = _ROWS.format(
            sides=_SIDES.format(join=join), conditions=f"{side}.id = ANY(%(ids)s)", order=order
        )
        with connection.cursor() as cursor:
            cursor.execute(text, {"a": self._diff.a.pk, "b": self._diff.b.pk, "ids": ids})
            return [Row(*row) for row in cursor.fetchall()]

    def _ids(self) -> list[int]:
        a, b = self._diff.a, self._diff.b
        wanted = [at for at, counted in enumerate(self._diff.counts) if counted.meets(self._asked)]
        found = array("q")
        for at in wanted:
            found.frombytes(kept(b, _ids_name(a, at), partial(_ids_again, a, b, at)))
        return sorted(found)

    def all(self) -> Iterator[Row]:
        """Every one, some at a time, however many there are."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(*self._query())
            while some := cursor.fetchmany(AT_ONCE):
                for row in some:
                    yield Row(*row)


def kind_names() -> dict[str, str]:
    return {
        ADDED: _("Added"),
        REMOVED: _("Removed"),
        MOVED: _("Moved to another split"),
        RELABELLED: _("Relabelled"),
        SOURCE: _("Another source"),
        LICENCE: _("Another licence"),
        SAME: _("The same in both"),
    }


def choices(found: Diff) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to."""
    classes = list(found.names.items())
    splits = [(value, str(label)) for value, label in Split.choices]
    return {
        "change": list(kind_names().items()),
        **{name: classes for name in ("category", "category_a", "category_b")},
        **{name: splits for name in ("split_a", "split_b")},
    }

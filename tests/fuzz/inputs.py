"""Strategies: bytes, texts, JSON and tables that are almost right."""

from __future__ import annotations

import json
import string
import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

NASTY = [
    "", " ", "\0", "\ud800", "é", "\u202e", "x" * 5000, "../../etc/passwd", "{{ 7 * 7 }}", "<script>",
    "'; --",
    "NaN", "-1", "1e400", "9" * 40, "٣", "\ufeff", "\r\n", "\u2028", "%00", "\\", '"', "null", "true",
]  # fmt: skip
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
numbers = st.one_of(
    st.integers(), st.integers(-3, 60), st.floats(), st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**40])
)
scalars = st.none() | st.booleans() | numbers | texts | st.uuids().map(str)


def values(*keys: str) -> SearchStrategy[Any]:
    """JSON values whose objects have these keys, among others."""
    names = st.sampled_from(keys) | texts if keys else texts
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
        max_leaves=12,
    )


def shaped(anything: SearchStrategy[Any], **fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Objects with these fields: mostly as they should be, some missing, some anything, one more."""
    each = {name: st.one_of(good, good, good, anything) for name, good in fields.items()}
    return st.tuples(
        st.fixed_dictionaries({}, optional=each) | st.fixed_dictionaries(each),
        st.dictionaries(texts, scalars, max_size=1),
    ).map(lambda both: {**both[1], **both[0]})


def as_json(value: Any) -> bytes:
    """With NaN and half surrogates, as careless programs write them."""
    return json.dumps(value, ensure_ascii=True, default=str).encode()


def damaged(*good: bytes) -> SearchStrategy[bytes]:
    """One of these, with pieces cut out, put in or overwritten at some places."""
    edit = st.tuples(st.floats(0, 1), st.integers(0, 24), st.binary(max_size=24))

    def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
        for place, length, put in edits:
            at = int(place * len(content))
            content = content[:at] + put + content[at + length :]
        return content

    return st.builds(edited, st.sampled_from(good), st.lists(edit, min_size=1, max_size=4))


def tables(columns: list[str], cells: SearchStrategy[str], delimiter: str = "\t") -> SearchStrategy[bytes]:
    """Delimited text: a header with most of the columns, and rows that mostly fit it."""
    header = st.one_of(
        st.just(columns), st.permutations(columns), st.lists(st.sampled_from(columns), max_size=9)
    )
    rows = st.lists(
        st.lists(cells, min_size=len(columns), max_size=len(columns)) | st.lists(cells, max_size=9),
        max_size=6,
    )
    whole = st.builds(
        lambda head, body: "\n".join(delimiter.join(row) for row in [head, *body]).encode(
            "utf-8", "surrogatepass"
        ),
        header,
        rows,
    )
    return whole | st.binary(max_size=200)


WORDS = st.text(string.ascii_letters + " .×-", max_size=12)
IDS = st.sampled_from([str(uuid.UUID(int=n)) for n in range(4)]) | st.uuids().map(str)

"""The manifest of a release: one canonical text of what was frozen, and its SHA-256.

UTF-8, lines end in a line feed. Two lines begin with '#': the version of this form, and the facts of the
release as JSON (sorted keys, no spaces). Then the column names, then one line a picture in the order of its
SHA-256, cells separated by tabs. Values hold no control characters (`clean`), so nothing is escaped.
The name of the release, the date and the software are not in it: freezing the same pictures again gives the
same text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import QuerySet

from curation.errors import Refused
from curation.models import Release, ReleaseMember

AT_ONCE = 2_000  # rows read together
FIRST_LINE = "# vasculum release manifest, version 1"
SCOPE = ("only_sources", "only_licences", "test_sources", "survey_sources")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")


class Row(NamedTuple):
    """One picture of a release. Field names follow Darwin Core and Audubon Core in snake case."""

    sha256: str
    split: str
    category_index: int
    category: str
    category_name: str
    source: str
    source_kind: str
    licence: str
    licence_url: str
    rights_holder: str
    access_uri: str
    further_information_url: str
    occurrence_id: str
    catalog_number: str
    scientific_name: str
    original_name: str
    leak_group: str


def clean(text: str) -> str:
    """Control characters and runs of white space become one space, so that a value fits in one cell."""
    return " ".join(_CONTROL.sub(" ", text).split()) if text else text


def facts_of(release: Release, classes: Iterable[tuple[int, str, str]]) -> dict[str, Any]:
    """The second line as a dictionary. classes: index, slug and name of each.

    What a release was narrowed to, and its held-out sources, are named only where there are any.
    """
    return {
        "project": release.project.key,
        "seed": release.seed,
        "balance": release.balance,
        "counts": {"train": release.train, "test": release.test, "validate": release.validate},
        "classes": [
            {"index": index, "slug": slug, "name": name} for index, slug, name in sorted(set(classes))
        ],
        **scope_of(release),
    }


def scope_of(release: Release) -> dict[str, list[str]]:
    """Its lists of sources and licences that are not empty (curation.services.release_scope)."""
    return {name: getattr(release, name) for name in SCOPE if getattr(release, name)}


def lines(facts: dict[str, Any], rows: Iterable[Row]) -> Iterator[bytes]:
    """The manifest, line by line. `rows` must come in the order of their SHA-256."""
    yield f"{FIRST_LINE}\n".encode()
    described = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    yield f"# {described}\n".encode()
    yield ("\t".join(Row._fields) + "\n").encode()
    for row in rows:
        yield ("\t".join(map(str, row)) + "\n").encode()


def sha256_of_lines(made: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in made:
        digest.update(line)
    return digest.hexdigest()


def stored_rows(release: Release) -> Iterator[Row]:
    """The members of a release in the order of the manifest; one query."""
    return read_rows(release.members.order_by("sha256"))


def read_rows(members: QuerySet[ReleaseMember]) -> Iterator[Row]:
    """Members as rows, in their order, some at a time."""
    for row in members.values_list(*Row._fields).iterator(chunk_size=AT_ONCE):
        yield Row._make(row)


def stored_lines(release: Release) -> Iterator[bytes]:
    """The manifest again from the members; its SHA-256 is the one written down at freezing."""
    classes = release.members.order_by().values_list("category_index", "category", "category_name").distinct()
    yield from lines(facts_of(release, classes), stored_rows(release))


def parse(text: str) -> tuple[dict[str, Any], list[Row]]:
    """Facts and rows of a manifest. Raises Refused with the number of the line that is wrong."""
    found = text.split("\n")
    if found[-1] != "":
        raise Refused("The manifest does not end with a line feed: it is cut off.")
    if len(found) < 4 or found[0] != FIRST_LINE or not found[1].startswith("# "):
        raise Refused(f"The manifest does not begin with {FIRST_LINE!r} and a line of facts.")
    try:
        facts = json.loads(found[1][2:])
    except json.JSONDecodeError as error:
        raise Refused(f"Line 2 of the manifest is not JSON: {error}.") from error
    if not _are_facts(facts):
        raise Refused("Line 2 of the manifest does not give the facts of version 1.")
    if found[2].split("\t") != list(Row._fields):
        raise Refused("Line 3 of the manifest does not name the columns of version 1.")
    rows = []
    for number, line in enumerate(found[3:-1], 4):
        cells = line.split("\t")
        if len(cells) != len(Row._fields) or not cells[2].isdecimal():
            raise Refused(f"Line {number} of the manifest is not a row of {len(Row._fields)} cells.")
        row = Row(cells[0], cells[1], int(cells[2]), *cells[3:])
        if not (_SHA256.fullmatch(row.sha256) and _SLUG.fullmatch(row.category)):
            raise Refused(f"Line {number} of the manifest does not name a picture and its class.")
        rows.append(row)
    return facts, rows


def _are_facts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("counts"), dict)
        and isinstance(value.get("classes"), list)
        and all(isinstance(each, dict) and isinstance(each.get("slug"), str) for each in value["classes"])
        and all(isinstance(value.get(name, []), list) for name in SCOPE)
    )

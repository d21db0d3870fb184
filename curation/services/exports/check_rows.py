"""Check the rows of a manifest: class order, licences, and pictures that must share a split and do not.

Nothing of this depends on the checksums, so it is found as well where somebody has made them anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from curation.licensing import identifiers
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE
from curation.services.manifest import Row


class Finds(Protocol):
    """Where faults are written down: curation.services.verify.Report."""

    def fault(self, file: str, problem: str) -> None: ...


def check_rows(
    described: Mapping[str, Any], facts: Mapping[str, Any], rows: Sequence[Row], report: Finds
) -> None:
    """described: the facts in the manifest; facts: those in release.json; rows: of the manifest."""
    for name in ("project", "seed", "balance"):
        if described.get(name) != facts.get(name):
            report.fault(
                RELEASE_FILE, f"{name} is {facts.get(name)!r}, the manifest says {described.get(name)!r}"
            )
    _order(rows, report)
    _classes(described, rows, report)
    _licences(rows, report)
    _specimens(rows, report)


def _order(rows: Sequence[Row], report: Finds) -> None:
    """Each picture stands there once, so that it can be in one split only, in the order of the SHA-256."""
    splits: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        splits[row.sha256].append(row.split)
    for sha256, found in splits.items():
        if len(found) > 1:
            report.fault(MANIFEST_FILE, f"{sha256} stands there {len(found)} times, in {_listed(found)}")
    if list(splits) != sorted(splits):
        report.fault(MANIFEST_FILE, "its pictures are not in the order of their SHA-256")


def _classes(described: Mapping[str, Any], rows: Sequence[Row], report: Finds) -> None:
    """One slug and name an index, those of the list of classes, which is in their order."""
    listed = [(each.get("index"), each["slug"], each.get("name")) for each in described["classes"]]
    if listed != sorted(listed, key=lambda each: (str(type(each[0])), each[0])):
        report.fault(MANIFEST_FILE, "its list of classes is not in the order of their index")
    for place, what in enumerate(("index", "slug", "name")):
        for value, n in Counter(each[place] for each in listed).items():
            if n > 1:
                report.fault(MANIFEST_FILE, f"{n} classes have the {what} {value!r}")
    known = set(listed)
    found = set()
    for row in rows:
        own = (row.category_index, row.category, row.category_name)
        found.add(own)
        if own not in known:
            report.fault(
                MANIFEST_FILE,
                f"{row.sha256}: class {row.category_index}, {row.category}, is not in its list of classes",
            )
    for index, slug, _name in sorted(known - found, key=str):
        report.fault(MANIFEST_FILE, f"holds no picture of class {index}, {slug}")


def class_order(written: Sequence[Any], wanted: Sequence[tuple[int, str, str]]) -> str:
    """Where the list of classes in release.json parts from that of the manifest, "" nowhere."""
    right = [{"index": index, "slug": slug, "name": name} for index, slug, name in wanted]
    for there, expected in zip(written, right, strict=False):
        if there != expected:
            said = there.get("slug") if isinstance(there, dict) else there
            return f"class {expected['index']} is {said!r}, the manifest says {expected['slug']!r}"
    if len(written) != len(right):
        return f"{len(written)} classes, the manifest gives {len(right)}"
    return ""


def _licences(rows: Sequence[Row], report: Finds) -> None:
    """Known ones that allow what was done to the pictures, each with the address of its text."""
    for row in rows:
        if problem := identifiers.problem(row.licence, row.licence_url):
            report.fault(MANIFEST_FILE, f"{row.sha256}: {problem}")


def _specimens(rows: Sequence[Row], report: Finds) -> None:
    """Pictures of one specimen share a split, whatever their groups say."""
    seen: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.occurrence_id:
            seen[row.source, "occurrence", row.occurrence_id].append(row)
        if row.catalog_number:
            seen[row.source, "catalogue number", row.catalog_number].append(row)
    for (source, what, value), found in seen.items():
        if len({row.split for row in found}) > 1:
            report.fault(MANIFEST_FILE, f"{what} {value} of {source} stands in {parted(found)}")


def parted(rows: Sequence[Row]) -> str:
    """The splits of pictures that should share one, and a picture of each: test and train (0a1b…, 2c3d…)."""
    examples = dict(sorted({row.split: row.sha256 for row in reversed(rows)}.items()))
    return f"{_listed(list(examples))} ({', '.join(examples.values())})"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)

"""Check what the manifest says about splits: sizes, groups, and the sources that are held out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from curation.models import Split
from curation.services.exports.check_rows import parted
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE
from curation.services.manifest import SCOPE, Row


class Finds(Protocol):
    """Where faults are written down: curation.services.verify.Report."""

    def fault(self, file: str, problem: str) -> None: ...


def check_splits(
    described: Mapping[str, Any], facts: Mapping[str, Any], rows: Sequence[Row], report: Finds
) -> None:
    """described: the facts in the manifest; facts: those in release.json; rows: of the manifest."""
    if described.get("counts") != facts["per_class"]:
        report.fault(RELEASE_FILE, "per_class is not what the manifest says")
    for name in SCOPE:
        if described.get(name, []) != facts.get(name, []):
            report.fault(RELEASE_FILE, f"{name} is not what the manifest says")
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.leak_group].append(row)
    for group, found in groups.items():
        if len({row.split for row in found}) > 1:
            report.fault(MANIFEST_FILE, f"group {group} stands in {parted(found)}")
    _sources(described, rows, report)
    _sizes(described, facts["per_class"], rows, report)


def _sources(described: Mapping[str, Any], rows: Sequence[Row], report: Finds) -> None:
    """Sources and licences are those asked for, and held-out sources make up their split alone."""
    only_sources, only_licences = described.get("only_sources"), described.get("only_licences")
    held = {
        Split.TEST.value: described.get("test_sources", []),
        Split.SURVEY.value: described.get("survey_sources", []),
    }
    unbalanced = _unbalanced(described)
    for row in rows:
        if row.split not in Split.values:
            report.fault(MANIFEST_FILE, f"{row.sha256}: unknown split {row.split!r}")
        if only_sources and row.source not in only_sources:
            report.fault(MANIFEST_FILE, f"{row.sha256}: source {row.source} is not among those chosen")
        if only_licences and row.licence not in only_licences:
            report.fault(MANIFEST_FILE, f"{row.sha256}: licence {row.licence} is not among those chosen")
        for split, sources in held.items():
            if row.split == split and split in unbalanced and row.source not in sources:
                report.fault(
                    MANIFEST_FILE, f"{row.sha256}: source {row.source} stands in {split}, which is held out"
                )
            if row.split != split and row.source in sources:
                report.fault(
                    MANIFEST_FILE, f"{row.sha256}: source {row.source} is held out, and stands in {row.split}"
                )


def _unbalanced(described: Mapping[str, Any]) -> set[str]:
    """The splits that hold all there is of some sources, whatever that is."""
    return {Split.SURVEY.value} | ({Split.TEST.value} if described.get("test_sources") else set())


def _sizes(
    described: Mapping[str, Any], per_class: Mapping[str, int], rows: Sequence[Row], report: Finds
) -> None:
    cells = Counter((row.category, row.split) for row in rows)
    unbalanced = _unbalanced(described)
    for label in described.get("classes", []):
        for split, wanted in per_class.items():
            found = cells[label["slug"], split]
            if split not in unbalanced and found != wanted:
                report.fault(
                    MANIFEST_FILE, f"{found:,} pictures of {label['slug']} in {split}, not {wanted:,}"
                )

"""What a run folder says of its data: enough to know that a resumed run goes on with the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from training.data.examples import examples

if TYPE_CHECKING:
    from training.data.release import ReleaseData


def data_facts(data: ReleaseData, splits: Sequence[str], licences_of: str | None = None) -> dict[str, Any]:
    """JSON-ready: release, manifest, files with their SHA-256, classes in order, counts of the splits used.

    licences_of: a split whose licences and sources are counted, too.
    """
    facts: dict[str, Any] = {
        "release": data.release,
        "format": data.format,
        "manifest_sha256": data.manifest_sha256,
        "files": dict(data.sha256),
        "classes": [
            {key: value for key, value in asdict(one).items() if value is not None} for one in data.classes
        ],
        "counts": {split: dict(data.counts[split]) for split in splits},
    }
    if licences_of is not None:
        licences: Counter[str] = Counter()
        sources: Counter[str] = Counter()
        for one in examples(data, licences_of):
            licences[one.licence] += 1
            sources[one.source] += 1
        facts["licences"] = dict(sorted(licences.items()))
        facts["sources"] = dict(sorted(sources.items()))
    return facts

"""What the command line says of a release that was just frozen."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from curation.models import Release, Split
from curation.services.left_out import reason_counts
from curation.services.manifest import scope_of


def as_document(release: Release) -> dict[str, Any]:
    """For --json. pictures and splits count all members, left_out all other candidates by reason."""
    splits = split_counts(release)
    return {
        "release": release.name,
        "manifest_sha256": release.manifest_sha256,
        "classes": release.project.classes.count(),
        "per_class": {"train": release.train, "test": release.test, "validate": release.validate},
        "pictures": sum(splits.values()),
        "splits": splits,
        "left_out": reason_counts(release),
        "seed": release.seed,
        "balance": release.balance,
        **scope_of(release),
    }


def as_words(release: Release, wanted: int) -> str:
    """wanted: pictures per class that were asked for."""
    classes = release.project.classes.count()
    less = "" if release.per_class == wanted else f" ({wanted:,} were wanted)"
    lines = [
        f"Frozen: {release.name}, {classes} classes × {release.per_class:,}{less} = "
        f"{classes * release.per_class:,} pictures ({release.train:,} train, {release.test:,} test, "
        f"{release.validate:,} validate per class)."
    ]
    splits = split_counts(release)
    for split, sources in (("test", release.test_sources), ("survey", release.survey_sources)):
        if sources:
            lines.append(f"All of {', '.join(sources)}: {splits.get(split, 0):,} pictures in {split}.")
    reasons = [f"{n:,} {reason}" for reason, n in reason_counts(release).items()]
    lines.append(f"Left out: {', '.join(reasons) or 'nothing'}.")
    lines.append(f"Manifest SHA-256 {release.manifest_sha256}")
    return "\n".join(lines)


def split_counts(release: Release) -> dict[str, int]:
    """split -> pictures, in the order of the splits; those that the release does not have are absent."""
    rows = dict(release.members.order_by().values_list("split").annotate(n=Count("id")))
    return {split: rows[split] for split in Split.values if split in rows}

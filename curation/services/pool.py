"""All candidates of a project, sorted into what a release may take and what it cannot, with the reason.

A candidate is left out for the first of these that is true of it:

undecided   nobody has decided it yet, or it is flagged or disputed
licence     the project does not accept its licence, or the release was narrowed to others
source      the release was narrowed to other sources
held-out    its leak group has a picture of a held-out source, and it goes not into that split itself
group       it was its turn, but its group stands in another split or found no room (splits.py)
surplus     its class was full
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from curation.models import Candidate, Licence, Project, ReleaseLeftOut, Source, Split
from curation.services.balance import Picture
from curation.services.dedupe import LOCK
from curation.services.leak_groups import leak_groups
from curation.services.release_scope import Scope, allowed_licences
from curation.services.splits import Plan

AT_ONCE = 10_000  # candidates read together
Reason = ReleaseLeftOut.Reason


class LeftOut(NamedTuple):
    """A row of ReleaseLeftOut, without its release."""

    sha256: str
    category: str
    source: str
    licence: str
    reason: str
    detail: str = ""


@dataclass
class Pool:
    """pictures: for the balanced splits. held: those of held-out sources, with their split.

    barred: what cannot enter whatever is chosen. slugs: index -> slug of each class.
    """

    slugs: dict[int, str]
    pictures: list[Picture] = field(default_factory=list)
    held: list[tuple[Picture, str]] = field(default_factory=list)
    barred: list[LeftOut] = field(default_factory=list)

    @property
    def candidates(self) -> int:
        return len(self.pictures) + len(self.held) + len(self.barred)

    def members(self, made: Plan) -> list[tuple[Picture, str]]:
        """Each picture of the release with its split, in the order of the SHA-256."""
        chosen = [
            (picture, made.splits[picture.sha256])
            for picture in self.pictures
            if picture.sha256 in made.splits
        ]
        return sorted(chosen + self.held)

    def left_out(self, made: Plan) -> Iterator[LeftOut]:
        """One row for every candidate that is none of the members."""
        yield from self.barred
        for picture in self.pictures:
            if picture.sha256 in made.splits:
                continue
            split = made.passed.get(picture.sha256)
            reason = Reason.SURPLUS if split is None else Reason.GROUP
            yield self._left_out(picture, reason, split or "")

    def _left_out(self, picture: Picture, reason: str, detail: str) -> LeftOut:
        slug = self.slugs[picture.category]
        return LeftOut(picture.sha256, slug, picture.source, picture.licence, str(reason), detail)

    def hold_out(self, held: dict[str, str]) -> None:
        """Take the pictures of held-out sources, and all that their groups touch, out of `pictures`.

        held: source code -> split. A group that touches two of them goes to the test; the pictures of the
        others that are in it stay out of the release.
        """
        touched: dict[str, str] = {}
        for split in (Split.TEST.value, Split.SURVEY.value):
            for picture in self.pictures:
                if held.get(picture.source) == split:
                    touched.setdefault(picture.group, split)
        free = []
        for picture in self.pictures:
            where = touched.get(picture.group)
            if where is None:
                free.append(picture)
            elif held.get(picture.source) == where:
                self.held.append((picture, where))
            else:
                self.barred.append(self._left_out(picture, Reason.HELD_OUT, where))
        self.pictures = free


def read_pool(project: Project, scope: Scope) -> Pool:
    """Every candidate of the project, once, as it is at one moment.

    Must be called in a transaction: until it ends, nobody may merge groups (curation.services.dedupe).
    Memory: about 400 bytes a candidate. Strings that many rows share are kept once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    labels = {pk: (index, slug) for pk, index, slug in project.classes.values_list("id", "index", "slug")}
    sources = dict(Source.objects.values_list("id", "code"))
    licences = {each.pk: each.identifier for each in Licence.objects.all()}
    allowed = allowed_licences(project, scope.only_licences)
    chosen_sources = set(scope.only_sources)
    states = {state: state for state in Candidate.State.values}
    rows = (
        Candidate.objects.filter(project=project)
        .order_by()
        .values_list(
            "image_id", "image__sha256", "state", "label_id", "image__source_id", "image__licence_id"
        )
    )
    pool = Pool(dict(labels.values()))
    accepted: list[tuple[int, str, int, str, str]] = []
    for image, sha256, state, label, source_id, licence_id in rows.iterator(chunk_size=AT_ONCE):
        index, slug = labels[label] if label is not None else (-1, "")
        source, licence = sources[source_id], licences[licence_id]
        if state != Candidate.State.DECIDED:
            pool.barred.append(LeftOut(sha256, slug, source, licence, Reason.UNDECIDED.value, states[state]))
        elif licence_id not in allowed:
            pool.barred.append(LeftOut(sha256, slug, source, licence, Reason.LICENCE.value))
        elif chosen_sources and source not in chosen_sources:
            pool.barred.append(LeftOut(sha256, slug, source, licence, Reason.SOURCE.value))
        else:
            accepted.append((image, sha256, index, source, licence))
    groups = leak_groups({image: sha256 for image, sha256, *_ in accepted})
    pool.pictures = [
        Picture(sha256, index, source, groups[image], image, licence)
        for image, sha256, index, source, licence in accepted
    ]
    if scope.held:
        pool.hold_out(scope.held)
    return pool

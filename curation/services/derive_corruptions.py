"""Corrupted pictures out of ordinary ones: which parents, which damage, and the making."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from PIL import Image as Pillow

from curation.errors import Refused
from curation.imaging import REVIEW, PictureError
from curation.imaging.corruption import KINDS, corrupt
from curation.languages import in_words
from curation.models import Batch, Candidate, Image, Job, LabelClass, Project, User
from curation.services.derive import Made, NotMade, candidates, decoded, name_of, queue, take_in
from curation.services.progress import Progress

LARGEST_SEED = 2**63 - 1
Pair = tuple[int, str]  # image id, kind of damage


def request_corruptions(
    project: Project,
    count: int,
    seed: int,
    by: User | None = None,
    *,
    kinds: Sequence[str] = KINDS,
    label: LabelClass | None = None,
    proposed: LabelClass | None = None,
) -> Job:
    """The job that makes `count` corrupted pictures; the one under way where the same was asked for already.

    label: whose pictures are taken (default: the class whose slug begins with "ordinary"). proposed: what
    they are proposed as (default: the class whose slug begins with "corrupt"). Raises Refused.
    """
    label = label or class_called(project, "ordinary")
    proposed = proposed or class_called(project, "corrupt")
    kinds = [kind for kind in KINDS if kind in kinds]
    if not kinds:
        raise Refused(
            _("No kind of damage was chosen; the kinds are %(kinds)s.") % {"kinds": ", ".join(KINDS)}
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise Refused(
            _("The seed must be a whole number from 0 to %(largest_seed)s, not %(seed)s.")
            % {"largest_seed": LARGEST_SEED, "seed": seed}
        )
    if count < 1:
        raise Refused(_("The number of pictures must be at least 1, not %(count)s.") % {"count": count})
    with transaction.atomic():
        # Two requests at the same moment must not make two jobs.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        params: dict[str, Any] = {
            "do": "corruptions",
            "project": project.key,
            "count": count,
            "seed": seed,
            "kinds": list(kinds),
            "label": label.slug,
            "proposed": proposed.slug,
        }
        active = Job.objects.filter(
            kind=Job.Kind.DERIVE,
            state__in=Job.ACTIVE,
            params__do="corruptions",
        ).order_by("id")
        for job in active:
            if {**job.params, "batch": None} == {**params, "batch": None}:
                return job
            raise Refused(
                _("Job %(pk)s is making corrupted pictures already; wait for it or cancel it.")
                % {"pk": job.pk}
            )
        room = sum(len(left) for left in _kinds_left(project, label, kinds).values())
        if count > room:
            raise Refused(
                _(
                    "%(count)s corrupted pictures were asked for, and %(room)s can be made: each picture "
                    "decided as %(name)s under an accepted licence gives one a kind of damage (%(kinds)s)."
                )
                % {
                    "count": in_words(f"{count:,}"),
                    "room": in_words(f"{room:,}"),
                    "name": label.name,
                    "kinds": len(kinds),
                }
            )
        return queue(
            f"Corrupted from {label.name}, seed {seed}",
            f"Make {count:,} corrupted pictures for {project.title}",
            project=project,
            params=params,
            total=count,
            by=by,
        )


def class_called(project: Project, beginning: str) -> LabelClass:
    """The project's class whose slug begins so. Raises Refused where none or several do."""
    found = list(project.classes.filter(slug__startswith=beginning))
    if len(found) != 1:
        there = ", ".join(project.classes.values_list("slug", flat=True)) or "none"
        raise Refused(
            _(
                "Project %(key)s has %(found)s classes whose slug begins with %(beginning)r; name the "
                "class. Its classes are: %(there)s."
            )
            % {"key": project.key, "found": len(found), "beginning": beginning, "there": there}
        )
    return found[0]


def parents(project: Project, label: LabelClass) -> QuerySet[Image]:
    """Pictures decided as the class, under a licence the project accepts, not made from others."""
    return Image.objects.filter(
        candidates__project=project,
        candidates__state=Candidate.State.DECIDED,
        candidates__label=label,
        licence__code__in=project.licences_accepted,
        made_by="",
        parent=None,
    )


def fill(batch: Batch, params: Mapping[str, Any], progress: Progress) -> None:
    """Make what the batch still lacks."""
    project = batch.project
    if project is None:
        raise Refused(_("%(batch)s has no project; start a new one.") % {"batch": batch})
    label = project.classes.get(slug=params["label"])
    proposed = project.classes.get(slug=params["proposed"])
    # A run that was killed may have kept pictures without making them candidates.
    candidates(batch, {image: proposed.slug for image in batch.images.all()})
    seed, count = int(params["seed"]), int(params["count"])
    if before := batch.images.count():
        progress.log(f"{before:,} were made before; going on behind them.")
    # What cannot be made is passed over: the next picture takes its place.
    while True:
        done = batch.images.count()
        progress.begin(total=count, done=done)
        pairs = choose(project, label, params["kinds"], seed, count - done, batch)
        if not pairs:
            break
        images = Image.objects.select_related("source", "licence").in_bulk({pk for pk, _ in pairs})
        take_in(
            batch, [(images[pk], kind) for pk, kind in pairs], partial(_make, seed, proposed.slug), progress
        )
    if done < count:
        progress.log(f"{count - done:,} of {count:,} could not be made; the report says why.")


def choose(
    project: Project, label: LabelClass, kinds: Sequence[str], seed: int, count: int, batch: Batch
) -> list[Pair]:
    """The next `count` pictures to make, fewer where there are no more.

    Sources take turns, the one with fewest in the batch first; within a source every parent comes once before
    any comes twice. Order and kinds follow from hashes of the seed and the parents' SHA-256 alone.
    """
    if count < 1:
        return []
    left = _kinds_left(project, label, kinds)
    tried = set(batch.problems.values_list("file", flat=True))
    by_source: dict[str, list[tuple[int, str, Image]]] = defaultdict(list)
    for image in parents(project, label).select_related("source"):
        used = len(kinds) - len(left[image.pk])
        by_source[image.source.code].append((used, _rank(seed, image.sha256), image))

    def of_source(code: str) -> Iterator[Pair]:
        ordered = sorted(by_source[code], key=lambda row: row[:2])
        for turn in range(len(kinds)):
            for _used, _place, image in ordered:
                open_kinds = sorted(left[image.pk], key=lambda kind: _rank(seed, image.sha256, kind))
                if turn < len(open_kinds) and name_of(image, open_kinds[turn]) not in tried:
                    yield image.pk, open_kinds[turn]

    given: dict[str, int] = defaultdict(int)
    for code in batch.images.values_list("source__code", flat=True):
        given[code] += 1
    streams = {code: of_source(code) for code in by_source}
    turns = [(given[code], _rank(seed, code), code) for code in streams]
    heapq.heapify(turns)
    chosen: list[Pair] = []
    while turns and len(chosen) < count:
        n, rank, code = heapq.heappop(turns)
        pair = next(streams[code], None)
        if pair is not None:
            chosen.append(pair)
            heapq.heappush(turns, (n + 1, rank, code))
    return chosen


def _kinds_left(project: Project, label: LabelClass, kinds: Sequence[str]) -> dict[int, list[str]]:
    """Image id -> the kinds of damage that nothing was made of it with, in whatever batch."""
    ids = list(parents(project, label).values_list("pk", flat=True))
    made: dict[int, set[str]] = defaultdict(set)
    done = Image.objects.filter(parent__in=ids, made_by=Image.Making.CORRUPTION)
    for parent, kind in done.values_list("parent", "making__kind"):
        if parent is not None:
            made[parent].add(kind)
    return {pk: [kind for kind in kinds if kind not in made[pk]] for pk in ids}


def _make(seed: int, proposed: str, pair: tuple[Image, str]) -> list[Made | NotMade]:
    return [_made(seed, proposed, *pair)]


def _made(seed: int, proposed: str, parent: Image, kind: str) -> Made | NotMade:
    name = name_of(parent, kind)
    try:
        picture = decoded(parent, min_short_side=REVIEW.side).image
    except PictureError as error:
        return NotMade(name, error.rule, error.detail)
    size = REVIEW.size_for(parent.width, parent.height)
    if picture.size != size:
        picture = picture.resize(size, Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    try:
        corruption, jpeg = corrupt(picture, seed, parent.sha256, kind)
    except ValueError as error:
        return NotMade(name, "invisible", f"{error}; it is left out")
    if corruption.kind != kind:
        return NotMade(name, "invisible", f"damage of the kind {kind} cannot be seen in it; it is left out")
    return Made(parent, name, jpeg, Image.Making.CORRUPTION, corruption.as_dict(), proposed=proposed)


def _rank(seed: int, *words: str) -> str:
    return hashlib.sha256(":".join((str(seed), *words)).encode()).hexdigest()

"""A question is answered: records that waited for the answer, or were kept out by the old one, move on.

Records are moved in sets that share licence text, project and having a source, of which there are few,
whatever the number of records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.languages import in_words
from curation.models import Batch, Image, LicenceText, MediaRecord, Project, Source, SourceRule
from curation.services.imports.verdicts import (
    BY_LICENCE,
    BY_PERSON,
    SAME_ADDRESS,
    SOURCE_UNMAPPED,
    Policy,
    verdict,
)
from curation.services.sources import resolver

State = MediaRecord.State
# What no person's answer moves: fetched, failed, broken addresses.
MOVABLE = Q(state=State.WAITING) | Q(state__in=[State.HELD, State.REFUSED], rule__in=BY_PERSON)

# Two records of one address can't both be fetched: the first one is, the others say so.
MOVE = """
UPDATE curation_mediarecord r SET
    state = CASE WHEN found.again THEN 'duplicate' ELSE %(state)s END,
    rule = CASE WHEN found.again THEN %(same)s ELSE %(rule)s END,
    message = CASE WHEN found.again THEN 'another record has the same address' ELSE %(message)s END,
    image_id = CASE WHEN found.again THEN found.image_id ELSE NULL END
FROM (
    SELECT own.id, other.image_id,
        %(state)s <> 'refused' AND (other.id IS NOT NULL OR row_number() OVER (
            PARTITION BY own.access_hash ORDER BY own.state = 'refused', own.id) > 1) AS again
    FROM curation_mediarecord own
    LEFT JOIN curation_mediarecord other ON other.access_hash = own.access_hash AND other.id <> own.id
        AND other.state NOT IN ('refused', 'duplicate') AND own.state = 'refused'
    WHERE own.id = ANY(%(ids)s)
) found
WHERE r.id = found.id
RETURNING r.state
"""


@transaction.atomic
def reconsider(*, texts: Sequence[int] | None = None, project: Project | None = None) -> dict[str, int]:
    """Ask the verdict anew for records with these licence texts, of this project, or all.

    Returns how many records now have which state, of those that changed. Pictures that are in already get the
    licence that their text now means. Raises Refused where a text under which pictures are in means no
    licence any more: take their batch back first.
    """
    records = MediaRecord.objects.filter(MOVABLE)
    if texts is not None:
        _relicense(texts)
        records = records.filter(licence_text__in=texts)
    if project is not None:
        records = records.filter(batch__project=project)
    return _move(records)


def _relicense(texts: Sequence[int]) -> None:
    for text in LicenceText.objects.filter(pk__in=texts):
        pictures = Image.objects.filter(records__licence_text=text, records__state=State.ADDED)
        if text.licence_id is None:
            if n := pictures.count():
                raise Refused(
                    _(
                        "%(n)s pictures are in under %(text)r; take their batches back before this text "
                        "means no licence."
                    )
                    % {"n": in_words(f"{n:,}"), "text": str(text)}
                )
            continue
        changed = list(pictures.exclude(licence=text.licence_id).values_list("pk", flat=True).distinct())
        Image.objects.filter(pk__in=changed).update(licence=text.licence_id)
        made = Image.objects.exclude(made_by="").exclude(licence=text.licence_id)
        while made.filter(parent__in=changed).exists():  # what was made from them, and from those
            changed = list(made.filter(parent__in=changed).values_list("pk", flat=True))
            Image.objects.filter(pk__in=changed).update(licence=text.licence_id)


def _move(records: QuerySet[MediaRecord]) -> dict[str, int]:
    sourceless = ExpressionWrapper(Q(source__isnull=True), output_field=BooleanField())
    kinds = records.order_by().values_list("licence_text", "batch__project", sourceless).distinct()
    texts = LicenceText.objects.select_related("licence").in_bulk([kind[0] for kind in kinds])
    projects = Project.objects.in_bulk([kind[1] for kind in kinds if kind[1]])
    moved: Counter[str] = Counter()
    for text_id, project_id, lacking in list(kinds):
        said = verdict(
            texts[text_id], has_source=not lacking, policy=Policy.of(projects.get(project_id or 0))
        )
        ids = list(
            records.filter(licence_text=text_id, batch__project=project_id, source__isnull=lacking)
            .exclude(state=said.state, rule=said.rule)
            .values_list("pk", flat=True)
        )
        if ids:
            with connection.cursor() as cursor:
                cursor.execute(MOVE, {**said._asdict(), "same": SAME_ADDRESS, "ids": ids})
                moved.update(state for (state,) in cursor.fetchall())
    if moved:
        _wake()
    return dict(moved)


def _wake() -> None:
    """Batches with something to fetch are coming in again, and somebody must fetch it."""
    from curation.services.download import request_download

    waiting = MediaRecord.objects.filter(batch=OuterRef("pk"), state=State.WAITING)
    Batch.objects.filter(Exists(waiting), state=Batch.State.DONE).update(
        state=Batch.State.RUNNING, finished_at=None
    )
    if MediaRecord.objects.filter(state=State.WAITING).exists():
        request_download()


@transaction.atomic
def reconsider_sources(
    *, rule: SourceRule | None = None, batch: Batch | None = None, source: Source | None = None
) -> int:
    """Give sources to records without one, by the rules as they stand; returns to how many.

    batch and source: that source for whatever of the batch has none. rule: only what it might match.
    """
    lacking = MediaRecord.objects.filter(
        source__isnull=True, state__in=[State.HELD, State.REFUSED], rule__in=[*BY_LICENCE, SOURCE_UNMAPPED]
    )
    if batch is not None:
        lacking = lacking.filter(batch=batch)
    if batch is not None and source is not None:
        given = lacking.update(source=source)
    else:
        given = _by_rules(lacking, rule)
    if given:
        held = MediaRecord.objects.filter(state=State.HELD, rule=SOURCE_UNMAPPED, source__isnull=False)
        _move(held)
    return given


def _by_rules(lacking: QuerySet[MediaRecord], rule: SourceRule | None) -> int:
    names = ("dataset_key", "institution_code", "collection_code")
    if rule is not None:
        lacking = lacking.filter(**{name: getattr(rule, name) for name in names if getattr(rule, name)})
    known = resolver()
    given = 0
    for codes in list(lacking.order_by().values_list(*names).distinct()):
        if found := known.source_for(*codes):
            given += lacking.filter(**dict(zip(names, codes, strict=True))).update(source=found)
    return given

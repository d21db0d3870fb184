"""Freeze a release: a balanced, licensed, leak-free choice of decided pictures that never changes again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from curation import __version__
from curation.errors import Refused
from curation.models import Event, Image, LabelClass, Licence, Project, Release, ReleaseMember, Source, User
from curation.services import audit, manifest
from curation.services.balance import Picture, Sizes
from curation.services.freeze_options import (
    LARGEST_SEED,
    Options,
    check_name,
    check_numbers,
    checked_options,
    free_name,
    usual_name,
)
from curation.services.left_out import write_left_out
from curation.services.manifest import Row, clean
from curation.services.pool import read_pool
from curation.services.progress import NullProgress, Progress
from curation.services.supply import ClassSupply, Shortage, make_plan
from curation.services.webhooks.events import tell

AT_ONCE = 2_000  # members written together
CLEANED = (
    "rights_holder",
    "access_uri",
    "further_information_url",
    "occurrence_id",
    "catalog_number",
    "scientific_name",
    "original_name",
)


@transaction.atomic
def freeze(
    project: Project,
    *,
    seed: int,
    name: str | None = None,
    train: int | None = None,
    test: int | None = None,
    validate: int | None = None,
    balance: str = Release.Balance.RANDOM,
    largest: bool = False,
    only_sources: Iterable[str] = (),
    only_licences: Iterable[str] = (),
    test_sources: Iterable[str] = (),
    survey_sources: Iterable[str] = (),
    created_by: User | None = None,
    progress: Progress | None = None,
) -> Release:
    """Choose, split and freeze; numbers that are not given are the project's.

    With `largest` a shortage freezes the largest balanced size there is, in the same proportions
    (`balance.proportioned`). The four lists: see curation.services.release_scope. Every candidate that does
    not enter is written down with its reason (curation.services.pool). Raises Shortage, or Refused for a
    name, number, source or licence that cannot be used, and what `progress.check` raises: then nothing stays.
    """
    progress = progress or NullProgress()
    asked = checked_options(
        project,
        seed=seed,
        name=name,
        train=train,
        test=test,
        validate=validate,
        balance=balance,
        largest=largest,
        only_sources=only_sources,
        only_licences=only_licences,
        test_sources=test_sources,
        survey_sources=survey_sources,
    )
    pool = read_pool(project, asked.scope)
    progress.log(
        f"{pool.candidates:,} candidates, {len(pool.pictures) + len(pool.held):,} of them can be taken."
    )
    progress.check()
    made = make_plan(pool.pictures, asked.classes, asked.target, balance=balance, seed=seed, largest=largest)
    members = pool.members(made)
    progress.log(
        f"{len(members):,} chosen and split: {made.sizes.total:,} of each class, {len(pool.held):,} held out."
    )
    progress.begin(len(members))
    release = _begin(project, asked, made.sizes, created_by)
    reasons = write_left_out(release, pool.left_out(made))
    progress.log(f"{reasons.total():,} left out, each with its reason.")
    release.manifest_sha256 = manifest.sha256_of_lines(
        manifest.lines(
            manifest.facts_of(release, ((c.index, c.slug, c.name) for c in asked.classes)),
            _written(release, members, asked.classes, progress),
        )
    )
    # The trigger looks for groups in two splits here, and from here on refuses every change.
    release.save(update_fields=["manifest_sha256"])
    audit.record(
        created_by,
        "release.freeze",
        release,
        release.project,
        manifest_sha256=release.manifest_sha256,
        seed=seed,
        balance=balance,
        counts=made.sizes.as_dict(),
        left_out=dict(reasons),
        **asked.scope.lists(),
    )
    tell(
        Event.RELEASE_FROZEN,
        release=release.name,
        project=project.key,
        manifest_sha256=release.manifest_sha256,
        address=reverse("api_release", args=[release.name]),
    )
    progress.log(f"Frozen as {release}, manifest SHA-256 {release.manifest_sha256}.")
    return release


def _begin(project: Project, asked: Options, sizes: Sizes, created_by: User | None) -> Release:
    try:
        with transaction.atomic():
            return Release.objects.create(
                name=asked.name or free_name(usual_name(project, sizes, asked.seed)),
                project=project,
                seed=asked.seed,
                balance=asked.balance,
                train=sizes.train,
                test=sizes.test,
                validate=sizes.validate,
                software=f"vasculum {__version__}",
                created_by=created_by,
                **asked.scope.lists(),
            )
    except IntegrityError as error:
        raise Refused(_("Another release took this name just now. Freeze again.")) from error


def _written(
    release: Release,
    members: Sequence[tuple[Picture, str]],
    classes: Iterable[LabelClass],
    progress: Progress,
) -> Iterator[Row]:
    """Write the members in the order of their SHA-256, some at a time, and yield each as a manifest row."""
    by_index = {label.index: (label.slug, clean(label.name)) for label in classes}
    sources = {pk: (code, kind) for pk, code, kind in Source.objects.values_list("id", "code", "kind")}
    licences = Licence.objects.in_bulk()
    order = iter(members)
    while some := list(islice(order, AT_ONCE)):
        ids = [picture.image for picture, _split in some]
        images = Image.objects.filter(pk__in=ids).order_by()
        told = {
            pk: (source, licence, cells)
            for pk, source, licence, *cells in images.values_list("id", "source_id", "licence_id", *CLEANED)
        }
        rows: list[Row] = []
        for picture, split in some:
            source_id, licence_id, cells = told.get(picture.image, (0, 0, []))
            code, kind = sources.get(source_id, ("", ""))
            licence = licences.get(licence_id)
            if licence is None or (code, licence.identifier) != (picture.source, picture.licence):
                raise Refused(
                    _("The source or licence of picture %(sha256)s changed meanwhile. Freeze again.")
                    % {"sha256": picture.sha256}
                )
            slug, category = by_index[picture.category]
            said = (slug, category, code, kind, licence.identifier, licence.url)
            first = (picture.sha256, split, picture.category)
            rows.append(Row._make((*first, *said, *map(clean, cells), picture.group)))
        _copy(release, rows, ids)
        progress.advance(len(rows))
        yield from rows


def _copy(release: Release, rows: Sequence[Row], images: Sequence[int]) -> None:
    """Insert members with COPY: a third of the time of bulk_create, which counts for 208,896 of them."""
    columns = ", ".join(["release_id", "image_id", *Row._fields])
    with connection.cursor() as cursor:
        statement = f"COPY {ReleaseMember._meta.db_table} ({columns}) FROM STDIN"
        with cast(Any, cursor).copy(statement) as copy:
            for image, row in zip(images, rows, strict=True):
                copy.write_row((release.pk, image, *row))


__all__ = ["LARGEST_SEED", "ClassSupply", "Shortage", "check_name", "check_numbers", "free_name", "freeze"]

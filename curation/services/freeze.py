"""Freeze a release: a balanced, licensed, leak-free choice of decided pictures that never changes again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from curation import __version__
from curation.errors import Refused
from curation.models import Image, LabelClass, Licence, Project, Release, ReleaseMember, User
from curation.services import audit, manifest
from curation.services.balance import Sizes
from curation.services.manifest import Row, clean
from curation.services.splits import Plan
from curation.services.supply import ClassSupply, Shortage, accepted_pictures, make_plan

AT_ONCE = 2_000  # members written together
LARGEST_SEED = 2**63 - 1
LONGEST_NAME = 80


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
    created_by: User | None = None,
) -> Release:
    """Choose, split and freeze; numbers that are not given are the project's.

    With `largest` a shortage freezes the largest balanced size there is, in the same proportions
    (`balance.proportioned`). Raises Shortage, or Refused for a name or number that cannot be used.
    """
    target = Sizes(
        project.train if train is None else train,
        project.test if test is None else test,
        project.validate if validate is None else validate,
    )
    check_numbers(target, seed, balance)
    if name is not None:
        check_name(name)
    classes = list(project.classes.order_by("index"))
    if not classes:
        raise Refused(_("Project %(key)s has no classes, so nothing can be frozen.") % {"key": project.key})
    pool, ids = accepted_pictures(project)
    made = make_plan(pool, classes, target, balance=balance, seed=seed, largest=largest)
    release = _begin(project, name, made.sizes, seed, balance, created_by)
    by_index = {label.index: label for label in classes}
    chosen = {p.sha256: (by_index[p.category], p.group) for p in pool if p.sha256 in made.splits}
    release.manifest_sha256 = manifest.sha256_of_lines(
        manifest.lines(
            manifest.facts_of(release, ((c.index, c.slug, c.name) for c in classes)),
            _written(release, made, chosen, ids),
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
    )
    return release


def check_numbers(target: Sizes, seed: int, balance: str) -> None:
    """Raises Refused for numbers that no release can have."""
    for split, number in target.as_dict().items():
        if number < 0:
            raise Refused(
                _("%(split)s %(number)s: expected 0 or more pictures per class.")
                % {"split": split, "number": number}
            )
    if not target.total:
        raise Refused(_("train, test and validate are all 0: give at least one picture per class."))
    if balance not in Release.Balance.values:
        raise Refused(
            _("balance %(balance)r: expected one of %(values)s.")
            % {"balance": balance, "values": ", ".join(Release.Balance.values)}
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise Refused(
            _("seed %(seed)s: expected a whole number from 0 to %(largest_seed)s.")
            % {"seed": seed, "largest_seed": LARGEST_SEED}
        )


def check_name(name: str) -> None:
    """Raises Refused for a name that is malformed or taken."""
    try:
        validate_slug(name)
    except ValidationError as error:
        raise Refused(
            _("Release name %(name)r: only letters, digits, - and _ are possible.") % {"name": name}
        ) from error
    if len(name) > LONGEST_NAME:
        raise Refused(
            _("Release name %(name)r has %(name_2)s characters; at most %(longest_name)s are possible.")
            % {"name": name, "name_2": len(name), "longest_name": LONGEST_NAME}
        )
    if Release.objects.filter(name=name).exists():
        raise Refused(
            _("There is a release %(name)r already, and it cannot change. Choose another name.")
            % {"name": name}
        )


def _begin(
    project: Project, name: str | None, sizes: Sizes, seed: int, balance: str, created_by: User | None
) -> Release:
    try:
        with transaction.atomic():
            return Release.objects.create(
                name=name or free_name(f"{project.key}-{sizes.total}-s{seed}"),
                project=project,
                seed=seed,
                balance=balance,
                train=sizes.train,
                test=sizes.test,
                validate=sizes.validate,
                software=f"vasculum {__version__}",
                created_by=created_by,
            )
    except IntegrityError as error:
        raise Refused(_("Another release took this name just now. Freeze again.")) from error


def free_name(wanted: str) -> str:
    """`wanted`, with -2, -3 … behind it where it is taken."""
    stem = wanted[: LONGEST_NAME - 6]
    taken = set(Release.objects.filter(name__startswith=stem).values_list("name", flat=True))
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def _written(
    release: Release, made: Plan, chosen: dict[str, tuple[LabelClass, str]], ids: dict[str, int]
) -> Iterator[Row]:
    """Write the members in the order of their SHA-256, some at a time, and yield each as a manifest row."""
    licences = Licence.objects.in_bulk()
    order = iter(sorted(chosen))
    while some := list(islice(order, AT_ONCE)):
        images = (
            Image.objects.filter(
                pk__in=[ids[sha256] for sha256 in some],
                licence__code__in=release.project.licences_accepted,
            )
            .select_related("source")
            .order_by("sha256")
        )
        rows: list[Row] = []
        for image in images:
            label, group = chosen[image.sha256]
            rows.append(_row(image, licences[image.licence_id], label, made.splits[image.sha256], group))
        if len(rows) != len(some):
            raise Refused(_("The licence of a chosen picture was withdrawn meanwhile. Freeze again."))
        _copy(release, rows, ids)
        yield from rows


def _copy(release: Release, rows: list[Row], ids: dict[str, int]) -> None:
    """Insert members with COPY: a third of the time of bulk_create, which counts for 208,896 of them."""
    columns = ", ".join(["release_id", "image_id", *Row._fields])
    with connection.cursor() as cursor:
        statement = f"COPY {ReleaseMember._meta.db_table} ({columns}) FROM STDIN"
        with cast(Any, cursor).copy(statement) as copy:
            for row in rows:
                copy.write_row((release.pk, ids[row.sha256], *row))


def _row(image: Image, licence: Licence, label: LabelClass, split: str, group: str) -> Row:
    return Row(
        sha256=image.sha256,
        split=split,
        category_index=label.index,
        category=label.slug,
        category_name=clean(label.name),
        source=image.source.code,
        source_kind=image.source.kind,
        licence=licence.identifier,
        licence_url=licence.url,
        rights_holder=clean(image.rights_holder),
        access_uri=clean(image.access_uri),
        further_information_url=clean(image.further_information_url),
        occurrence_id=clean(image.occurrence_id),
        catalog_number=clean(image.catalog_number),
        scientific_name=clean(image.scientific_name),
        original_name=clean(image.original_name),
        leak_group=group,
    )


__all__ = ["ClassSupply", "Shortage", "freeze"]

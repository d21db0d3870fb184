"""What lead curators rule about groups: keep, join, split, which picture stands for one, and taking it back.

A ruling settles all pictures of the groups it is about: automatic grouping leaves them where they are, and
only brings new ones to them. Frozen releases keep the groups they were frozen with. Each ruling is an audit
row that holds what was before and after, so that it can be taken back as long as nobody has ruled again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

from django.db import OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.errors import Refused
from curation.languages import in_words
from curation.models import AuditEntry, Image, NearPair, Role, User
from curation.services import audit
from curation.services.dedupe import group_images, lock_groups

ACTIONS = "duplicates."
WAIT = "5s"  # how long a click waits for a grouping that is going on
Row = tuple[int, str, bool, bool]  # id, group, settled, stands for its group


def token(ids: Iterable[int]) -> str:
    """What a page shows of a group, in short; it comes back, so that nobody rules on what they never saw."""
    return hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()[:16]


@transaction.atomic
def keep(group: str, by: User, *, seen: str | None = None) -> AuditEntry:
    """Settle a group as it is. `seen`: the token of the pictures the person saw, here and below."""
    images = _members(group, by, seen)
    return _rule(by, "keep", group, images, {image.pk: group for image in images})


@transaction.atomic
def join(groups: Sequence[str], by: User, *, seen: Sequence[str | None] | None = None) -> AuditEntry:
    """Make one settled group of two or more; the first one's representative stands for it."""
    if len(set(groups)) < 2:
        raise Refused(_("Joining takes two groups or more: select another one beside this."))
    parts = [
        _members(group, by, token) for group, token in zip(groups, seen or [None] * len(groups), strict=True)
    ]
    images = [image for part in parts for image in part]
    name = min(image.sha256 for image in images)
    standing = [image.pk for image in images if image.representative]
    return _rule(by, "join", name, images, {image.pk: name for image in images}, stands=standing[:1])


@transaction.atomic
def split(
    images: Collection[int], by: User, *, group: str, seen: str | None = None, each: bool = False
) -> AuditEntry:
    """Take pictures (ids) out of their group into one of their own, or with `each` into one each.

    All parts are settled, what stays behind too: else the next grouping would bring them together again.
    """
    members = _members(group, by, seen)
    out = [image for image in members if image.pk in set(images)]
    rest = [image for image in members if image.pk not in set(images)]
    if len(out) != len(set(images)):
        raise Refused(
            _("%(changed)s Some of the selected pictures are in it no longer.") % {"changed": _changed(group)}
        )
    if not out:
        raise Refused(_("Splitting needs pictures: select those that do not belong to the group."))
    if not rest and not (each and len(out) > 1):
        raise Refused(
            _("All pictures of the group are selected: leave out those that stay, or part them all.")
        )
    parts = [[image] for image in out] if each else [out]
    target = {image.pk: _name(part) for part in parts for image in part}
    if rest:
        stays = group if any(image.sha256 == group for image in rest) else _name(rest)
        target |= {image.pk: stays for image in rest}
    entry = _rule(by, "split", group, members, target)
    _apart(list(target)).update(verdict=NearPair.Verdict.DIFFERENT, by=by, at=timezone.now())
    return entry


@transaction.atomic
def represent(image_id: int, by: User, *, group: str, seen: str | None = None) -> AuditEntry:
    """Let a picture stand for its group, which settles it; where it does already, no longer."""
    members = _members(group, by, seen)
    chosen = next((image for image in members if image.pk == image_id), None)
    if chosen is None:
        raise Refused(
            _("%(changed)s The selected picture is in it no longer.") % {"changed": _changed(group)}
        )
    if len(members) < 2:
        raise Refused(_("%(chosen)s is alone in its group and stands for itself.") % {"chosen": chosen})
    stands = [] if chosen.representative else [chosen.pk]
    return _rule(by, "represent", group, members, {image.pk: group for image in members}, stands=stands)


@transaction.atomic
def release(group: str, by: User, *, seen: str | None = None) -> AuditEntry:
    """Leave a settled group to the automatic grouping again, at once."""
    members = _members(group, by, seen)
    if not any(image.group_settled for image in members):
        raise Refused(_("Nobody has settled this group: it is automatic already."))
    entry = _rule(
        by, "release", group, members, {image.pk: group for image in members}, stands=[], settled=False
    )
    group_images(members)
    return entry


@transaction.atomic
def undo(entry_id: int, by: User) -> AuditEntry:
    """Take a ruling back: its pictures stand where they stood. Refused once they were ruled on again."""
    _lock(by)
    entry = AuditEntry.objects.filter(pk=entry_id, action__startswith=ACTIONS).first()
    if entry is None or entry.action == f"{ACTIONS}undo":
        raise Refused(_("Ruling %(entry_id)s is not there to be taken back.") % {"entry_id": entry_id})
    before: list[Row] = [tuple(row) for row in entry.detail["before"]]
    after = {row[0]: tuple(row) for row in entry.detail["after"]}
    images = list(Image.objects.filter(pk__in=after).order_by("pk"))
    if {image.pk: _row(image) for image in images} != after:
        raise Refused(
            _(
                "The ruling on %(subject)s cannot be taken back: its pictures were ruled on or grouped "
                "again. Rule on the groups they are in now."
            )
            % {"subject": entry.subject}
        )
    _write(before)
    # What came to these groups meanwhile came because of pictures that may now stand elsewhere.
    names = {row[1] for row in (*before, *after.values())}
    group_images(list(Image.objects.filter(group__in=names, group_settled=False)))
    _apart(list(after)).update(verdict=NearPair.Verdict.OPEN, by=None, at=None)
    return audit.record(by, f"{ACTIONS}undo", entry.subject, undoes=entry.pk)


def _members(group: str, by: User, seen: str | None) -> list[Image]:
    """The pictures of a group, locked against grouping and other rulings; Refused where they changed."""
    _lock(by)
    images = list(Image.objects.select_for_update().filter(group=group, parent=None).order_by("sha256"))
    if not images:
        raise Refused(
            _("%(changed)s It is there no longer: its pictures came to other groups.")
            % {"changed": _changed(group)}
        )
    if seen is not None and seen != token(image.pk for image in images):
        raise Refused(
            ngettext(
                "%(changed)s It holds %(n)s picture now. Look at it again; nothing was changed.",
                "%(changed)s It holds %(n)s pictures now. Look at it again; nothing was changed.",
                len(images),
            )
            % {"changed": _changed(group), "n": in_words(f"{len(images):,}")}
        )
    return images


def _lock(by: User) -> None:
    if not by.has_role(Role.LEAD):
        raise Refused(
            _("%(by)s is %(label)s; ruling on duplicates needs the role lead curator.")
            % {"by": by, "label": Role(by.role).label.lower()}
        )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            lock_groups()
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        raise Refused(_("Pictures are being grouped at this moment. Try again in a minute.")) from error


def _apart(images: Sequence[int]) -> QuerySet[NearPair]:
    """Pairs of these pictures that were called the same and are in different groups now."""
    said = NearPair.objects.filter(verdict=NearPair.Verdict.SAME, first__in=images, second__in=images)
    apart = said.exclude(first__group=F("second__group"))
    return NearPair.objects.filter(pk__in=list(apart.values_list("pk", flat=True)))


def _changed(group: str) -> str:
    return f"Group {group[:12]} has changed since the page was opened."


def _rule(
    by: User,
    what: str,
    subject: str,
    images: Sequence[Image],
    target: dict[int, str],
    *,
    stands: Collection[int] | None = None,
    settled: bool = True,
) -> AuditEntry:
    """Write the ruling and its audit row. stands: who stands for its group; None leaves that as it is."""
    after: list[Row] = [
        (
            image.pk,
            target[image.pk],
            settled,
            image.representative if stands is None else image.pk in stands,
        )
        for image in images
    ]
    entry = audit.record(
        by, f"{ACTIONS}{what}", f"group {subject}", before=[_row(image) for image in images], after=after
    )
    _write(after)
    return entry


def _row(image: Image) -> Row:
    return image.pk, image.group, image.group_settled, image.representative


def _write(rows: Sequence[Row]) -> None:
    ids, groups, settled, stands = (list(column) for column in zip(*rows, strict=True))
    # Unique per group: first nobody stands for one, then those who should.
    Image.objects.filter(pk__in=ids, representative=True).update(representative=False)
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE curation_image AS image SET "group" = ruled.name, group_settled = ruled.settled, '
            "representative = ruled.stands "
            "FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::boolean[]) "
            "AS ruled (id, name, settled, stands) WHERE image.id = ruled.id",
            [ids, groups, settled, stands],
        )


def _name(images: Iterable[Image]) -> str:
    return min(image.sha256 for image in images)

"""Regions that people mark on sheets: rectangles that show one condition, and count for its tiles."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, LabelClass, ProjectKind, Region, Role, User
from curation.services import audit

SMALLEST = 0.002  # of a side: less is no rectangle that anybody meant
SLACK = 1e-6  # a rectangle that ends at the edge may come out this much beyond it


@transaction.atomic
def mark_region(
    candidate: Candidate, label: LabelClass, left: float, top: float, width: float, height: float, *, by: User
) -> Region:
    """Mark a rectangle, in parts of the upright picture's sides.

    The same one by the same person again is the one that stands. Raises Refused, naming what is wrong.
    """
    _check_label(candidate, label)
    left, top, width, height = _on_the_picture(left, top, width, height)
    # One at a time on a sheet, so that a request that came twice finds what the first one wrote.
    Candidate.objects.select_for_update().get(pk=candidate.pk)
    place: dict[str, Any] = {"left": left, "top": top, "width": width, "height": height}
    same = Region.objects.filter(
        candidate=candidate, label=label, author=by, removed_at=None, **place
    ).first()
    return same or Region.objects.create(candidate=candidate, label=label, author=by, **place)


@transaction.atomic
def remove_region(region: Region, *, by: User) -> None:
    """Take a region back: one's own, or as a lead curator anybody's. It stays on record."""
    row = Region.objects.select_for_update(of=("self",)).select_related("label").get(pk=region.pk)
    if row.removed_at is not None:
        return
    if row.author_id != by.pk and not by.has_role(Role.LEAD):
        raise Refused(
            _("%(by)s did not mark this region; taking it back needs the role lead curator.") % {"by": by}
        )
    row.removed_at, row.removed_by = timezone.now(), by
    row.save(update_fields=["removed_at", "removed_by"])
    if row.author_id != by.pk:
        audit.record(
            by, "regions.remove", f"region {row.pk}", candidate=row.candidate_id, author=row.author_id
        )


def standing_regions(candidates: Collection[int]) -> dict[int, list[Region]]:
    """Regions that nobody took back, by candidate (ids), oldest first. One query."""
    found: dict[int, list[Region]] = {}
    rows = Region.objects.filter(candidate__in=candidates, removed_at=None).select_related("label")
    for row in rows.order_by("pk"):
        found.setdefault(row.candidate_id, []).append(row)
    return found


def _check_label(candidate: Candidate, label: LabelClass) -> None:
    if candidate.project.kind != ProjectKind.CONDITION:
        raise Refused(
            _("%(project)s asks what pictures show; regions are for projects on the condition of sheets.")
            % {"project": candidate.project}
        )
    if label.project_id != candidate.project_id:
        raise Refused(
            _("%(label)s is no class of %(project)s.") % {"label": label, "project": candidate.project}
        )
    if label.index == 0:
        raise Refused(
            _("%(label)s is the sound state of a sheet; a region shows a condition.") % {"label": label}
        )


def _on_the_picture(left: float, top: float, width: float, height: float) -> tuple[float, ...]:
    sides = (left, top, width, height)
    if not all(math.isfinite(side) for side in sides):
        raise Refused(_("A region is given by four numbers from 0 to 1."))
    if width < SMALLEST or height < SMALLEST:
        raise Refused(
            _("A region is at least %(least)s of the picture wide and high, not %(width)s by %(height)s.")
            % {"least": SMALLEST, "width": f"{width:.4g}", "height": f"{height:.4g}"}
        )
    if left < -SLACK or top < -SLACK or left + width > 1 + SLACK or top + height > 1 + SLACK:
        raise Refused(
            _(
                "A region lies on the picture, from 0 to 1; this one is from %(left)s to %(right)s across "
                "and from %(top)s to %(bottom)s down."
            )
            % {
                "left": f"{left:.4g}",
                "right": f"{left + width:.4g}",
                "top": f"{top:.4g}",
                "bottom": f"{top + height:.4g}",
            }
        )
    left, top = max(left, 0.0), max(top, 0.0)
    # Written so that the database's own check (left <= 1 - width) holds to the last bit.
    return (
        min(left, 1 - width) if width < 1 else 0.0,
        min(top, 1 - height) if height < 1 else 0.0,
        min(width, 1.0),
        min(height, 1.0),
    )

"""The votes behind the pictures of a release, as they stood when it was frozen.

Counted are labels of reviewers cast before the freezing, in the round that was decided then, and not taken
back by then: what is said or undone later changes nothing, so the figures of a release stay as they are.
Answers to pictures with a known answer don't count, nor does what a lead settled (see services.agreement).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from curation.models import Release
from curation.selectors.release_reports.counts import kept, kept_members

# A row a standing label; `round` is that of the vote, `newest` the candidate's at the freezing: a decided
# candidate has at least one standing label in its present round.
_STANDING = """\
SELECT m.id AS member, m.category, v.user_id, v.label_id, v.via, v.round,
       max(v.round) OVER (PARTITION BY v.candidate_id) AS newest
FROM curation_releasemember m
JOIN curation_candidate c ON c.image_id = m.image_id AND c.project_id = %(project)s
JOIN curation_vote v ON v.candidate_id = c.id
WHERE m.release_id = %(release)s AND v.kind = 'label' AND v.gold_id IS NULL AND v.created_at <= %(at)s
  AND NOT EXISTS (SELECT FROM curation_vote u WHERE u.undoes_id = v.id AND u.created_at <= %(at)s)"""
_UNITS = f"""\
WITH standing AS MATERIALIZED (SELECT * FROM ({_STANDING}) cast_by_then WHERE round = newest),
units AS MATERIALIZED (
  SELECT member, category, bool_or(via = 'lead') AS settled,
         coalesce(array_agg(label_id ORDER BY label_id) FILTER (WHERE via <> 'lead'), '{{}}') AS said
  FROM standing GROUP BY member, category)"""
_COUNTED = f"""{_UNITS}
SELECT category, said, settled, count(*), NULL FROM units GROUP BY category, said, settled
UNION ALL
SELECT category, NULL, NULL, count(*), count(DISTINCT user_id) FROM standing WHERE via <> 'lead'
GROUP BY GROUPING SETS ((category), ())"""

# What the list of members takes as `judged`, and the condition on a unit.
JUDGED = {
    "once": "cardinality(said) = 1",
    "twice": "cardinality(said) >= 2",
    "disputed": "said[1] <> said[cardinality(said)]",
    "settled": "settled",
}


class Judged(NamedTuple):
    """said: the classes (primary keys, ascending) given to one picture; n: how many pictures have that."""

    category: str
    said: tuple[int, ...]
    settled: bool
    n: int


class Votes(NamedTuple):
    """patterns: the few ways in which pictures were judged. By class slug, None for all: the other two."""

    patterns: list[Judged]
    reviewers: dict[str | None, int]
    votes: dict[str | None, int]


def _asked(release: Release) -> dict[str, Any]:
    return {"project": release.project_id, "release": release.pk, "at": release.created_at}


def votes(release: Release) -> Votes:
    """One query the first time. People are counted, and named nowhere."""

    def count() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED, _asked(release))
            return cursor.fetchall()

    rows = kept(release, "votes", count)
    return Votes(
        sorted(Judged(row[0], tuple(row[1]), row[2], row[3]) for row in rows if row[1] is not None),
        {category: people for category, said, _, _, people in rows if said is None},
        {category: n for category, said, _, n, _ in rows if said is None},
    )


def members_judged(release: Release, how: str) -> RawSQL:
    """A condition that holds for members that were judged so (see JUDGED)."""
    units = _UNITS % {"project": "%s", "release": "%s", "at": "%s"}  # RawSQL takes its arguments in order
    asked = _asked(release)
    arguments = [asked["project"], asked["release"], asked["at"], asked["at"]]
    found = RawSQL(f"{units} SELECT member FROM units WHERE {JUDGED[how]}", arguments)
    return kept_members(release, f"judged:{how}", release.members.filter(pk__in=found).order_by())


def judged_choices() -> list[tuple[str, str]]:
    return [
        ("once", _("By one reviewer")),
        ("twice", _("By two reviewers and more")),
        ("disputed", _("Differently by two")),
        ("settled", _("Settled by a lead")),
    ]

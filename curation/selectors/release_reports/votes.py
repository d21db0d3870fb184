"""The votes behind the pictures of a release, as they stood when it was frozen.

Counted are labels of reviewers cast before the freezing, in the round that was decided then, and not taken
back by then: what is said or undone later changes nothing, so the figures of a release stay as they are.
Answers to pictures with a known answer don't count, nor does what a lead settled (see services.agreement).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from curation.models import Release
from curation.selectors.release_reports.counts import among, keep, kept

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
_COUNTED = f"""\
WITH standing AS MATERIALIZED (SELECT * FROM ({_STANDING}) cast_by_then WHERE round = newest),
units AS (
  SELECT member, category, bool_or(via = 'lead') AS settled,
         coalesce(array_agg(label_id ORDER BY label_id) FILTER (WHERE via <> 'lead'), '{{}}') AS said
  FROM standing GROUP BY member, category)
SELECT category, said, settled, array_agg(member), NULL, NULL FROM units GROUP BY category, said, settled
UNION ALL
SELECT category, NULL, NULL, NULL, count(*), count(DISTINCT user_id) FROM standing WHERE via <> 'lead'
GROUP BY GROUPING SETS ((category), ())"""


class Judged(NamedTuple):
    """said: the classes (primary keys, ascending) given to one picture; n: how many pictures have that."""

    category: str
    said: tuple[int, ...]
    settled: bool
    n: int


# What the list of members takes as `judged`.
JUDGED: dict[str, Callable[[Judged], bool]] = {
    "once": lambda judged: len(judged.said) == 1,
    "twice": lambda judged: len(judged.said) >= 2,
    "disputed": lambda judged: len(set(judged.said)) > 1,
    "settled": lambda judged: judged.settled,
}


class Votes(NamedTuple):
    """patterns: the few ways in which pictures were judged. By class slug, None for all: the other two."""

    patterns: list[Judged]
    reviewers: dict[str | None, int]
    votes: dict[str | None, int]

    def pictures(self, how: str, category: str | None) -> int:
        return sum(p.n for p in self.patterns if category in (None, p.category) and JUDGED[how](p))


def votes(release: Release) -> Votes:
    """One query the first time. People are counted, and named nowhere."""
    return kept(release, "votes", lambda: _count(release)[0])


def _count(release: Release) -> tuple[Votes, list[bytes]]:
    """Counts, and for each pattern the members that have it, which are also put away for `members_judged`."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "project": release.project_id,
            "release": release.pk,
            "at": release.created_at,
        }
        cursor.execute(_COUNTED, asked)
        rows = cursor.fetchall()
    # In one order always: the members are kept by their place in it.
    found = sorted((category, tuple(said), settled, ids) for category, said, settled, ids, *_ in rows if ids)
    packed = [array("q", ids).tobytes() for *_, ids in found]
    for at, ids in enumerate(packed):
        keep(release, f"votes:{at}", ids)
    counts = Votes(
        [Judged(category, said, settled, len(ids)) for category, said, settled, ids in found],
        {category: people for category, *_, people in rows if people is not None},
        {category: n for category, *_, n, people in rows if people is not None},
    )
    return counts, packed


def members_judged(release: Release, how: str, category: str = "") -> RawSQL:
    """A condition that holds for members that were judged so (see JUDGED); of one class or of all."""
    ids = array("q")
    for at, judged in enumerate(votes(release).patterns):
        if category in ("", judged.category) and JUDGED[how](judged):
            ids.frombytes(kept(release, f"votes:{at}", partial(_ids_again, release, at)))
    return among(ids)


def _ids_again(release: Release, at: int) -> bytes:
    return _count(release)[1][at]


def judged_choices() -> list[tuple[str, str]]:
    return [
        ("once", _("By one reviewer")),
        ("twice", _("By two reviewers and more")),
        ("disputed", _("Differently by two")),
        ("settled", _("Settled by a lead")),
    ]

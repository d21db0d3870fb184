"""How the people of a project get on: what they are asked for, what is open of it, their votes and pace.

Votes are read by one grouped query each, bounded by a date, so that a page takes as long in a project with
600,000 votes as the last month has votes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils import timezone

from curation.models import Assignment, Candidate, Claim, Comment, Project, Role, User

DAYS = 30
WEEK = 7

# Answers that stand: labels and flags that were not taken back, without those to pictures with a known
# answer and those of leads who settle. Agreement: where others voted too, does the decision say the same.
VOTES = """
SELECT v.user_id,
       count(*) FILTER (WHERE v.created_at >= %(today)s),
       count(*) FILTER (WHERE v.created_at >= %(week)s),
       count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY v.milliseconds) FILTER (WHERE v.via <> 'grid'),
       count(*) FILTER (WHERE c.state = 'decided' AND c.votes > 1 AND v.round = c.round
                              AND v.kind = 'label' AND v.label_id = c.label_id),
       count(*) FILTER (WHERE c.state = 'decided' AND c.votes > 1 AND v.round = c.round
                              AND v.kind = 'label')
FROM curation_vote v
JOIN curation_candidate c ON c.id = v.candidate_id
WHERE c.project_id = %(project)s AND v.created_at >= %(month)s
  AND v.kind IN ('label', 'flag') AND v.gold_id IS NULL AND v.via <> 'lead'
  AND NOT EXISTS (SELECT 1 FROM curation_vote u WHERE u.undoes_id = v.id AND u.kind = 'undo')
GROUP BY v.user_id
"""

OWN_DAYS = """
SELECT (v.created_at AT TIME ZONE %(zone)s)::date AS day, count(*)
FROM curation_vote v
WHERE v.user_id = %(user)s AND v.created_at >= %(month)s
  AND v.kind IN ('label', 'flag') AND v.via <> 'lead'
  AND NOT EXISTS (SELECT 1 FROM curation_vote u WHERE u.undoes_id = v.id AND u.kind = 'undo')
GROUP BY day
"""

OWN_PACE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds)
FROM curation_vote
WHERE user_id = %(user)s AND created_at >= %(month)s AND kind IN ('label', 'flag')
  AND via NOT IN ('lead', 'grid')
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One assignment with the open pictures that match it."""

    row: Assignment
    open: int


@dataclass(slots=True)
class Reviewer:
    """One person in one project, over the last month."""

    user: User
    assigned: list[Asked] = field(default_factory=list)
    open: int = 0
    today: int = 0
    week: int = 0
    month: int = 0
    seconds: float | None = None
    agree: int = 0
    compared: int = 0
    held: int = 0

    @property
    def agreement(self) -> float | None:
        return self.agree / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    votes: int
    share: float  # of the busiest day


def team(project: Project) -> list[Reviewer]:
    """Everybody who may review in the project or has voted there in the last month. Five queries."""
    votes = {row[0]: row[1:] for row in _rows(VOTES, {"project": project.pk} | _since())}
    live = Claim.objects.filter(candidate__project=project, expires_at__gt=Now())
    held = dict(live.values_list("user").annotate(n=Count("pk")))
    assigned = assignments().filter(project=project)
    cells = open_cells([project])[project.pk]
    may = Q(is_active=True, role__in=[role for role in Role if role.rank >= Role.CURATOR.rank])
    known = {row.user_id for row in assigned} | votes.keys() | held.keys()
    found = {
        user.pk: Reviewer(user) for user in User.objects.filter(may | Q(pk__in=known)).order_by("username")
    }
    for row in assigned:
        found[row.user_id].assigned.append(Asked(row, _matching(cells, [row])))
    for reviewer in found.values():
        rows = [asked.row for asked in reviewer.assigned]
        reviewer.open = _matching(cells, rows) if rows else sum(cells.values())
        reviewer.held = held.get(reviewer.user.pk, 0)
        if counts := votes.get(reviewer.user.pk):
            reviewer.today, reviewer.week, reviewer.month = counts[:3]
            reviewer.seconds = None if counts[3] is None else counts[3] / 1000
            reviewer.agree, reviewer.compared = counts[4:]
    # Who works here first; names within.
    return sorted(found.values(), key=lambda each: (-each.week, not each.assigned, str(each.user).lower()))


def assignments() -> Any:
    return Assignment.objects.select_related("user", "project", "label", "source").order_by("id")


def assigned_to(user: User) -> list[Asked]:
    """What one person was asked for, project by project. Two queries."""
    rows = list(assignments().filter(user=user).order_by("project", "id"))
    cells = open_cells([row.project for row in rows])
    return [Asked(row, _matching(cells[row.project_id], [row])) for row in rows]


def open_cells(projects: list[Project]) -> dict[int, dict[tuple[int | None, int | None], int]]:
    """Project -> (suggested class, source) -> open pictures. One query, answered by an index alone."""
    found: dict[int, dict[tuple[int | None, int | None], int]] = {project.pk: {} for project in projects}
    rows = Candidate.objects.filter(project__in=projects, state=Candidate.State.OPEN).order_by()
    for project, guess, source, n in rows.values_list("project", "guess", "source").annotate(n=Count("pk")):
        found[project][guess, source] = n
    return found


def days_of(user: User) -> list[Day]:
    """Answers a day over the last month, oldest first, with the days that had none. One query."""
    values = _since() | {"user": user.pk, "zone": timezone.get_current_timezone_name()}
    counts = dict(_rows(OWN_DAYS, values))
    today = timezone.localdate()
    dates = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    most = max([counts.get(each, 0) for each in dates])
    return [Day(each, counts.get(each, 0), counts.get(each, 0) / most if most else 0.0) for each in dates]


def pace_of(user: User) -> float | None:
    """Median seconds a picture over the last month, judged one by one. One query."""
    [[milliseconds]] = _rows(OWN_PACE, _since() | {"user": user.pk})
    return None if milliseconds is None else milliseconds / 1000


def questions_of(user: User, count: int = 20) -> Any:
    """Questions that the person asked, newest first, with `answers`: the remarks of others since."""
    later = Q(candidate__comments__id__gt=F("id")) & ~Q(candidate__comments__author=user)
    return (
        Comment.objects.filter(author=user, kind=Comment.Kind.QUESTION)
        .annotate(answers=Count("candidate__comments", filter=later))
        .select_related("candidate__image", "candidate__project")
        .order_by("-id")[:count]
    )


def _matching(cells: dict[tuple[int | None, int | None], int], rows: list[Assignment]) -> int:
    """Open pictures that at least one of the assignments asks for."""
    return sum(
        n
        for (guess, source), n in cells.items()
        if any(row.label_id in (None, guess) and row.source_id in (None, source) for row in rows)
    )


def _since() -> dict[str, datetime]:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "week": WEEK - 1, "month": DAYS - 1}
    return {name: today - timedelta(days=back) for name, back in days.items()}


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

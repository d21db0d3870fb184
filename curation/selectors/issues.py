"""Issues as rows to read: whose they are to see, narrowed and counted by kind and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from curation.models import Candidate, Comment, DataIssue, Image, Project, Role, Source, User

PAGE = 40
NEAR = 6
OPEN, CLOSED = "open", "closed"
Issues = QuerySet[DataIssue]


def issues_seen_by(user: User, project: Project) -> Issues:
    """Issues of a project, newest first: a lead sees everybody's, others their own.

    A flag is a vote, so who flagged what stays hidden from reviewers as every vote of a colleague does.
    """
    issues = DataIssue.objects.filter(candidate__project=project).order_by("-pk")
    return issues if user.has_role(Role.LEAD) else issues.filter(opened_by=user)


def filter_issues(issues: Issues, asked: Mapping[str, str]) -> Issues:
    """Narrow issues to those that meet all of `asked`; what is empty or unknown narrows nothing.

    Keys: kind, state (OPEN, CLOSED), label (a class slug: what the picture is decided as, else what the
    newest model suggests), source (a code), by (a username).
    """
    if kind := asked.get("kind"):
        issues = issues.filter(kind=kind)
    if state := asked.get("state"):
        issues = issues.filter(closed_at__isnull=state == OPEN)
    if label := asked.get("label"):
        suggested = Q(candidate__label=None, candidate__guess__slug=label)
        issues = issues.filter(Q(candidate__label__slug=label) | suggested)
    if source := asked.get("source"):
        issues = issues.filter(candidate__source__code=source)
    if by := asked.get("by"):
        issues = issues.filter(opened_by__username=by)
    return issues


def with_rows(issues: Issues) -> Issues:
    """Issues with all that a list of them shows, and `remarks`, the number of comments on the picture."""
    said = Comment.objects.filter(candidate=OuterRef("candidate")).order_by().values("candidate")
    number = Subquery(said.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return issues.annotate(remarks=Coalesce(number, 0)).select_related(
        "candidate__image__source", "candidate__label", "opened_by", "closed_by"
    )


@dataclass(frozen=True)
class Tally:
    """How many issues of each kind are open, and closed."""

    open: dict[str, int]
    closed: dict[str, int]

    def of(self, state: str, kind: str = "") -> int:
        numbers = self.closed if state == CLOSED else self.open
        return numbers.get(kind, 0) if kind else sum(numbers.values())


def tally(issues: Issues) -> Tally:
    """One query."""
    found = Tally({}, {})
    rows = (
        issues.order_by()
        .values_list("kind")
        .annotate(
            open=Count("pk", filter=Q(closed_at=None)), closed=Count("pk", filter=Q(closed_at__isnull=False))
        )
    )
    for kind, still, gone in rows:
        found.open[kind], found.closed[kind] = still, gone
    return found


def count_open(user: User, project: Project) -> int:
    """How many this person sees open."""
    return issues_seen_by(user, project).filter(closed_at=None).count()


def open_by_kind(user: User, project: Project) -> list[tuple[str, str, int]]:
    """Kind, its name and how many are open, where there are any; one query."""
    found = tally(issues_seen_by(user, project).filter(closed_at=None))
    return [(kind, str(words), n) for kind, words in DataIssue.Kind.choices if (n := found.open.get(kind))]


def openers(project: Project) -> QuerySet[User]:
    """Everybody who opened an issue in the project, by name."""
    opened = DataIssue.objects.filter(candidate__project=project)
    return User.objects.filter(pk__in=opened.order_by().values("opened_by")).order_by("username")


def sources(issues: Issues) -> QuerySet[Source]:
    """The sources of their pictures, by name."""
    return Source.objects.filter(pk__in=issues.order_by().values("candidate__source")).order_by("name")


def of_picture(user: User, candidate: Candidate) -> list[DataIssue]:
    """The issues about a picture that this person may see, the open ones first."""
    issues = issues_seen_by(user, candidate.project).filter(candidate=candidate)
    order = (F("closed_at").desc(nulls_first=True), "-pk")
    return list(issues.select_related("opened_by", "closed_by").order_by(*order))


def following(issues: Issues, candidate: Candidate, at: int | None) -> DataIssue | None:
    """The open issue after the issue `at` in the list, about another picture; after the last, the first."""
    rest = issues.filter(closed_at=None).exclude(candidate=candidate).order_by("-pk")
    return (rest.filter(pk__lt=at).first() if at else None) or rest.first()


def near_duplicates(image: Image) -> list[Image]:
    """Pictures of the same group of near-duplicates, at most NEAR."""
    return list(Image.objects.filter(group=image.group).exclude(pk=image.pk).order_by("pk")[:NEAR])

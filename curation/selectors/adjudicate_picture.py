"""All that is known about one picture that is to be settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Prefetch
from django.db.models.functions import Round

from curation.models import (
    Advice,
    Candidate,
    Comment,
    DataIssue,
    Decision,
    GuidelineExample,
    LabelClass,
    Project,
    Vote,
)
from curation.selectors.classes import translated
from curation.selectors.guidelines import Entry
from curation.selectors.neighbours import Neighbour, neighbours
from curation.selectors.pictures import Opinion, likeliest

IN_QUESTION = 4  # classes whose guidelines are shown
RELATED = ("image__source", "image__licence", "label", "project", "decision__by")


@dataclass(frozen=True)
class Case:
    """A picture with what speaks for each class.

    votes: labels and flags that stand, of the present round; earlier: all else that was said of it, oldest
    first. tally: classes with how many of the votes name them, the most first. in_question: these classes,
    then what models and aggregations say.
    """

    candidate: Candidate
    votes: Sequence[Vote]
    earlier: list[Vote]
    decisions: list[Decision]
    opinions: list[Opinion]
    advice: list[Advice]
    issues: list[DataIssue]
    comments: list[Comment]
    tally: list[tuple[LabelClass, int]] = field(default_factory=list)
    in_question: list[LabelClass] = field(default_factory=list)
    neighbours: list[Neighbour] = field(default_factory=list)
    guide: list[Entry] = field(default_factory=list)


def case(candidate: Candidate, classes: Sequence[LabelClass]) -> Case:
    """Everything about the candidate (read with RELATED). Seven queries, six more for the neighbours, and two
    for the guidelines."""
    seconds = Round(F("milliseconds") / 1000.0, precision=1)
    said = candidate.vote_rows.exclude(kind=Vote.Kind.UNDO).annotate(seconds=seconds)
    said = said.order_by("created_at", "id")
    rows = list(said.select_related("user", "label", "prediction__label", "guideline", "undone_by", "issue"))
    votes = [row for row in rows if _counts(row, candidate)]
    predictions = candidate.predictions.select_related("model", "label").order_by("-model_id")
    advice = _newest(candidate.advice.select_related("aggregation", "label").order_by("-aggregation_id"))
    opinions = [Opinion(row, likeliest(row, list(classes))) for row in predictions]
    tally = _tally(votes, classes)
    in_question = _in_question(candidate, tally, opinions, advice)
    return Case(
        candidate=candidate,
        votes=votes,
        earlier=[row for row in rows if row not in votes],
        decisions=list(candidate.decisions.select_related("label", "by", "vote__user").order_by("pk")),
        opinions=opinions,
        advice=advice,
        issues=list(candidate.issues.filter(closed_at=None).select_related("opened_by").order_by("pk")),
        comments=list(candidate.comments.select_related("author").order_by("pk")),
        tally=tally,
        in_question=in_question,
        neighbours=neighbours(candidate, in_question),
        guide=sections(candidate.project, in_question[:IN_QUESTION]),
    )


def _counts(vote: Vote, candidate: Candidate) -> bool:
    """As `VoteRows.counting`, of a row that is read already."""
    kinds = {Vote.Kind.LABEL, Vote.Kind.FLAG}
    stands = not hasattr(vote, "undone_by") and vote.gold_id is None
    return vote.kind in kinds and stands and vote.round == candidate.round


def _tally(votes: Iterable[Vote], classes: Sequence[LabelClass]) -> list[tuple[LabelClass, int]]:
    found = Counter(vote.label_id for vote in votes if vote.label_id)
    by_pk = {label.pk: label for label in classes}
    return [(by_pk[pk], n) for pk, n in sorted(found.items(), key=lambda one: (-one[1], by_pk[one[0]].index))]


def _in_question(
    candidate: Candidate,
    tally: Iterable[tuple[LabelClass, int]],
    opinions: Iterable[Opinion],
    advice: Iterable[Advice],
) -> list[LabelClass]:
    labels = [label for label, _ in tally]
    labels += [candidate.label] if candidate.label else []
    labels += [one.label for one in advice]
    labels += [one.prediction.label for one in opinions]
    return list(dict.fromkeys(labels))


def _newest(advice: Iterable[Advice]) -> list[Advice]:
    """The newest of each method."""
    found: dict[str, Advice] = {}
    for one in advice:
        found.setdefault(one.aggregation.method, one)
    return list(found.values())


def sections(project: Project, labels: Sequence[LabelClass]) -> list[Entry]:
    """What the guidelines in force say of some classes, in their order. At most two queries."""
    pictures = GuidelineExample.objects.select_related("image")
    rows = {}
    if project.guideline_id and labels:
        of_version = project.guideline.sections.filter(label__in=labels)  # type: ignore[union-attr]
        rows = {row.label_id: row for row in of_version.prefetch_related(Prefetch("examples", pictures))}
    found = []
    for label in labels:
        row = rows.get(label.pk)
        examples = list(row.examples.all()) if row else []
        text = translated(row.translations, "text", row.text) if row else ""
        shows = [one for one in examples if not one.counter]
        found.append(Entry(label, text, shows, [one for one in examples if one.counter]))
    return found

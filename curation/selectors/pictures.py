"""Pictures: the filtered list of a project's candidates, and all there is to know about one image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet, Window
from django.db.models.functions import Lower, RowNumber
from django.utils import timezone

from curation.models import (
    Candidate,
    Decision,
    Image,
    LabelClass,
    Prediction,
    Project,
    ReleaseMember,
    Tag,
    Tagging,
    User,
    Vote,
)
from curation.selectors.blindness import Sight, sight
from curation.selectors.figure_filters import of_figures

PAGE = 60
RELATED = 24
LIKELIEST = 3
CLAIMED = "claimed"
SET_ASIDE = "set-aside"
UNPREDICTED = "none"


def candidates(project: Project, asked: Mapping[str, Any]) -> QuerySet[Candidate]:
    """A project's candidates that meet all of `asked`.

    Keys: state, label, predicted, source, licence, tag, reviewer, batch. `state` may also be CLAIMED (open
    and on somebody's screen) or SET_ASIDE (flagged or disputed), `predicted` UNPREDICTED (no model has
    looked at it); the values of the others are rows. What figures lead here with: see of_figures.
    """
    rows = Candidate.objects.filter(project=project)
    state = asked.get("state")
    if state == CLAIMED:
        held = Q(claims__expires_at__gt=timezone.now())
        rows = rows.filter(held, state=Candidate.State.OPEN).distinct()
    elif state == SET_ASIDE:
        rows = rows.filter(state__in=[Candidate.State.FLAGGED, Candidate.State.DISPUTED])
    elif state:
        rows = rows.filter(state=state)
    if label := asked.get("label"):
        rows = rows.filter(label=label)
    predicted = asked.get("predicted")
    if predicted == UNPREDICTED:
        rows = rows.filter(prediction=None)
    elif predicted:
        rows = rows.filter(guess=predicted)
    if source := asked.get("source"):
        rows = rows.filter(source=source)
    if licence := asked.get("licence"):
        rows = rows.filter(licence=licence)
    if tag := asked.get("tag"):
        rows = rows.filter(taggings__tag=tag)
    if batch := asked.get("batch"):
        rows = rows.filter(batch=batch)
    return of_figures(rows, asked)


@dataclass(frozen=True)
class Page:
    """A stretch of candidates, newest first, with the ids that lead on in both directions."""

    rows: list[Candidate]
    total: int
    after: int | None
    before: int | None


def page(rows: QuerySet[Candidate], *, after: int | None, before: int | None, size: int = PAGE) -> Page:
    """Newest first. `after`: what follows that id; `before`: what comes before it.

    By id and not by page number: reviewing while somebody browses shifts no row from one page to the next.
    """
    shown = rows.select_related("image__source", "image__licence", "label", "prediction__label")
    if before is not None:
        found = list(shown.filter(pk__gt=before).order_by("pk")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(found, rows.count(), found[-1].pk if found else None, found[0].pk if more else None)
    if after is not None:
        shown = shown.filter(pk__lt=after)
    found = list(shown.order_by("-pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    newer = found[0].pk if found and after is not None else None
    return Page(found, rows.count(), found[-1].pk if more else None, newer)


@dataclass(frozen=True)
class Opinion:
    """One model's view of one candidate: its likeliest classes first."""

    prediction: Prediction
    likeliest: list[tuple[LabelClass, float]]


@dataclass(frozen=True)
class Standing:
    """An image in one project: its candidate, what models and, for those who may see it, people said.

    Where it is to be judged blind there is no verdict, and neither votes nor decisions; opinions only where
    review shows a suggestion, too."""

    candidate: Candidate
    opinions: list[Opinion] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sight: Sight = Sight.ALL

    @property
    def has_verdict(self) -> bool:
        return self.sight is Sight.ALL and self.candidate.label_id is not None

    @property
    def state_words(self) -> str:
        """A picture that is to be judged waits for it, whatever others have said."""
        shown = self.candidate.get_state_display() if self.sight is Sight.ALL else Candidate.State.OPEN.label
        return str(shown)

    @property
    def withholds(self) -> bool:
        """Whether it is said that something is kept back."""
        return self.sight is Sight.BLIND


def standings(image: Image, *, with_history: bool, viewer: User | None = None) -> list[Standing]:
    """Where the image stands in each project; votes and decisions only `with_history`, and all of it as far
    as it leaves the next vote of `viewer` independent."""
    related = ("project", "gold", "label", "decision__vote__user")
    wanted = image.candidates.select_related(*related).prefetch_related(
        Prefetch("predictions", Prediction.objects.select_related("model", "label").order_by("-model_id")),
        Prefetch("project__classes", LabelClass.objects.order_by("index")),
        Prefetch("taggings", Tagging.objects.select_related("tag").order_by(Lower("tag__name"))),
        Prefetch("project__tags", Tag.objects.order_by(Lower("name"))),
    )
    if with_history:
        wanted = wanted.prefetch_related(
            Prefetch("vote_rows", Vote.objects.select_related("user", "label", "undoes")),
            Prefetch("decisions", Decision.objects.select_related("label", "vote__user")),
        )
    return [
        _standing(candidate, with_history, sight(viewer, candidate) if viewer else Sight.ALL)
        for candidate in wanted
    ]


def _standing(candidate: Candidate, with_history: bool, seen: Sight) -> Standing:
    classes = list(candidate.project.classes.all())
    predictions = [] if seen is Sight.BLIND else candidate.predictions.all()
    with_history = with_history and seen is Sight.ALL
    return Standing(
        candidate,
        [Opinion(row, likeliest(row, classes)) for row in predictions],
        list(candidate.vote_rows.all()) if with_history else [],
        list(candidate.decisions.all()) if with_history else [],
        seen,
    )


def likeliest(
    prediction: Prediction, classes: list[LabelClass], count: int = LIKELIEST
) -> list[tuple[LabelClass, float]]:
    """The classes with the highest probabilities, highest first."""
    pairs = list(zip(classes, prediction.probabilities, strict=False))
    return sorted(pairs, key=lambda pair: -pair[1])[:count]


@dataclass(frozen=True)
class Relatives:
    """Pictures that must share a split with this one, by what joins them."""

    near_duplicates: list[Image]
    same_specimen: list[Image]
    derived: list[Image]

    def __bool__(self) -> bool:
        return bool(self.near_duplicates or self.same_specimen or self.derived)


def relatives(image: Image) -> Relatives:
    """Near-duplicates, pictures of the same specimen, pictures made from this one; at most 24 each."""
    others = Image.objects.exclude(pk=image.pk).order_by("pk")
    specimen = Image.objects.none()
    if image.occurrence_id:
        specimen = others.filter(occurrence_id=image.occurrence_id, source=image.source)
    elif image.catalog_number:
        specimen = others.filter(catalog_number=image.catalog_number, source=image.source)
    return Relatives(
        list(others.filter(group=image.group)[:RELATED]),
        list(specimen[:RELATED]),
        list(others.filter(parent=image)[:RELATED]),
    )


def memberships(image: Image, standings: Iterable[Standing] = ()) -> list[ReleaseMember]:
    """The releases that hold the image, newest first; without those of projects in which it is yet to be
    judged blind, for they name its class."""
    blind = [one.candidate.project_id for one in standings if one.sight is not Sight.ALL]
    rows = image.memberships.exclude(release__project__in=blind)
    return list(rows.select_related("release").order_by("-release_id"))


def examples(project: Project, each: int = 4) -> dict[int, list[Candidate]]:
    """Decided pictures of each class, the newest decisions first; one query, at most `each` a class."""
    ranked = Candidate.objects.filter(project=project, state=Candidate.State.DECIDED).annotate(
        place=Window(RowNumber(), partition_by="label_id", order_by=F("decision_id").desc())
    )
    found: dict[int, list[Candidate]] = {}
    for candidate in ranked.filter(place__lte=each).select_related("image").order_by("label_id", "place"):
        assert candidate.label_id is not None
        found.setdefault(candidate.label_id, []).append(candidate)
    return found

"""What pages show of screenings: sheets by score, the misclassified, the sources, the worklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, When
from django.db.models.functions import Cast

from curation.models import Image, ModelVersion, Project, Release, ReleaseMember, Screening, SheetScore, Split
from curation.selectors.spectrum import CONDITION, SCORES, SOUND, SOUNDNESS

SHOWN = 24
GROUPS = {"sound": SOUND, "condition": CONDITION, "unjudged": ~(SOUND | CONDITION)}


@dataclass(frozen=True)
class Asked:
    """What stands in an address. split: of the release that the tile model learnt from; "" for all sheets."""

    score: str = "mean"
    threshold: float = 0.5
    split: str = ""
    group: str = ""
    source: str = ""
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(cls, given: Mapping[str, str], *, splits: bool) -> Asked:
        """What makes no sense is passed over, so that an address that was cut off still opens a page."""
        return cls(
            given["score"] if given.get("score") in SCORES else "mean",
            _part(given.get("threshold"), 0.5),
            given["split"] if splits and given.get("split") in Split.values else "",
            given["group"] if given.get("group") in GROUPS else "",
            given.get("source", "")[:80],
            _part(given.get("low"), 0.0),
            _part(given.get("high"), 1.0),
        )

    def query(self) -> dict[str, Any]:
        """As it goes into an address, without what is usual."""
        usual = asdict(Asked())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


def _part(text: str | None, usual: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return usual
    return value if 0 <= value <= 1 else usual


def screenings(project: Project) -> list[Screening]:
    return list(project.screenings.select_related("tile_model", "sheet_model", "job", "created_by"))


def finished(project: Project) -> Screening | None:
    """The last one that has scores."""
    rows = project.screenings.filter(facts__has_key="sheets")
    return rows.select_related("tile_model__training_release", "sheet_model", "job").first()


def usable_models(project: Project) -> tuple[list[ModelVersion], list[ModelVersion]]:
    """Models of tiles, and classifiers, that tell the project's sound class; newest first. Two queries."""
    sound = project.classes.order_by("index").values_list("name", flat=True).first() or ""
    known = ModelVersion.objects.filter(classes__contains=[sound])
    return (
        list(known.filter(kind=ModelVersion.Kind.TILES)),
        list(known.filter(kind=ModelVersion.Kind.CLASSIFIER)),
    )


def release_of(screening: Screening) -> Release | None:
    """The release whose splits say which sheets the tile model has not seen."""
    return screening.tile_model.training_release


def rows_of(screening: Screening, asked: Asked) -> QuerySet[Any]:
    """The sheets that an address asks for, with their soundness by the score asked for."""
    rows: QuerySet[Any] = SheetScore.objects.filter(screening=screening)
    release = release_of(screening)
    if asked.split and release is not None:
        members = ReleaseMember.objects.filter(release=release, split=asked.split)
        rows = rows.filter(candidate__image__in=members.values("image"))
    if asked.group:
        rows = rows.filter(GROUPS[asked.group])
    if asked.source:
        rows = rows.filter(candidate__image__source__code=asked.source)
    rows = rows.annotate(soundness=Cast(SOUNDNESS[asked.score], FloatField()))
    if asked.low > 0:
        rows = rows.filter(soundness__gte=asked.low)
    if asked.high < 1:
        rows = rows.filter(soundness__lt=asked.high)
    return rows


def shown(rows: QuerySet[SheetScore]) -> QuerySet[SheetScore]:
    """With all that is shown of a sheet; the least sound first, those without a score last."""
    return rows.select_related("candidate__image__source", "candidate__label").order_by(
        F("soundness").asc(nulls_last=True), "pk"
    )


def misclassified(screening: Screening, asked: Asked) -> QuerySet[SheetScore]:
    """Decided sheets on the wrong side of the threshold, the most wrong first."""
    wrong = Q(SOUND, soundness__lt=asked.threshold) | Q(CONDITION, soundness__gte=asked.threshold)
    far = Case(When(SOUND, then=asked.threshold - F("soundness")), default=F("soundness") - asked.threshold)
    rows = rows_of(screening, asked).filter(wrong).annotate(far=Cast(far, FloatField()))
    return rows.select_related("candidate__image__source", "candidate__label").order_by("-far", "pk")


def per_source(screening: Screening, asked: Asked) -> list[dict[str, Any]]:
    """Sheets, flagged ones, and how right the threshold is, source by source. One query."""
    flagged = Q(soundness__lt=asked.threshold)
    right = Q(SOUND, soundness__gte=asked.threshold) | Q(CONDITION, soundness__lt=asked.threshold)
    rows = (
        rows_of(screening, asked)
        .order_by()
        .values(code=F("candidate__image__source__code"), name=F("candidate__image__source__name"))
        .annotate(
            sheets=Count("pk"),
            flagged=Count("pk", filter=flagged),
            judged=Count("pk", filter=SOUND | CONDITION),
            right=Count("pk", filter=right),
        )
        .order_by("-sheets", "code")
    )
    return [row | {"accuracy": row["right"] / row["judged"] if row["judged"] else None} for row in rows]


def worklist(screening: Screening, asked: Asked) -> QuerySet[SheetScore]:
    """Flagged sheets in the order in which they lie in cabinets: family, genus, name, number."""
    image = "candidate__image"
    return (
        rows_of(screening, asked)
        .filter(soundness__lt=asked.threshold)
        .select_related(f"{image}__source", "candidate__label")
        .order_by(
            f"{image}__source__code", f"{image}__family", f"{image}__genus", f"{image}__scientific_name",
            f"{image}__catalog_number", "pk",
        )
    )  # fmt: skip


def neighbours(screening: Screening, asked: Asked, score: SheetScore) -> tuple[Image | None, Image | None]:
    """The sheets before and after this one in the order of `shown`. Two queries."""
    rows = rows_of(screening, asked).select_related("candidate__image")
    here = rows.model.objects.filter(pk=score.pk).annotate(
        soundness=Cast(SOUNDNESS[asked.score], FloatField())
    )
    value = here.values_list("soundness", flat=True).get()
    if value is None:
        return None, None
    before = rows.filter(Q(soundness__lt=value) | Q(soundness=value, pk__lt=score.pk))
    after = rows.filter(Q(soundness__gt=value) | Q(soundness=value, pk__gt=score.pk))
    first = before.order_by("-soundness", "-pk").first()
    second = after.order_by("soundness", "pk").first()
    return (first.candidate.image if first else None, second.candidate.image if second else None)

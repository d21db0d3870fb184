"""What the review page shows: the pictures it holds, how full the classes are, why a queue is empty."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse

from curation.models import Candidate, Claim, Comment, Image, LabelClass, Prediction, Project, User
from curation.selectors.classes import localized
from curation.selectors.hints import hints
from curation.services.policy import by_lot, is_blind, known_answer
from curation.services.queue import judged_by
from curation.templatetags.vasculum import class_colour, image_url, picture_url

SUGGESTIONS = 3
# What is read of a picture, its source and its licence: all that _item and hints ask for. Anything else would
# be one more query a picture, which the test of their number sees.
SHOWN = (
    "sha256", "extension", "width", "height", "chroma", "original_name", "catalog_number", "scientific_name",
    "rights_holder", "further_information_url", "source__code", "source__name",
    "licence__code", "licence__version", "licence__url",
)  # fmt: skip
# What every browser draws; originals in other formats are shown in the review rendition only.
SHOWN_BY_BROWSERS = {"jpg", "jpeg", "png", "webp", "gif"}


def classes_of(project: Project) -> list[LabelClass]:
    """The classes in their order. One query."""
    return list(project.classes.order_by("index"))


def class_rows(project: Project, classes: Sequence[LabelClass]) -> list[dict[str, Any]]:
    """The classes as the script needs them; their pictures are asked for class by class (class_pictures)."""
    candidates = reverse("candidates", args=[project.key])
    return [
        {
            "id": label.pk,
            "key": label.key,
            "slug": label.slug,
            "name": said.name,
            "definition": said.definition,
            "colour": class_colour(label),
            "rows": f"{candidates}?{urlencode({'state': 'decided', 'label': label.slug})}",
        }
        for label, said in ((label, localized(label)) for label in classes)
    ]


def review_items(
    user: User, candidates: Sequence[Candidate], classes: Sequence[LabelClass]
) -> list[dict[str, Any]]:
    """Everything the page shows this person of each candidate, in the order given. Three queries.

    candidates: as they are now, with their project; what else is shown of them is read here. Not by one join
    of all tables: planning that takes longer than reading them one after the other.
    """
    pictures = (
        Image.objects.select_related("source", "licence")
        .only(*SHOWN)
        .in_bulk([row.image_id for row in candidates])
    )
    guesses = [row.prediction_id for row in candidates if row.prediction_id]
    predictions = Prediction.objects.only("probabilities").in_bulk(guesses)
    said: dict[int, list[Comment]] = {}
    for comment in Comment.objects.filter(candidate__in=[row.pk for row in candidates]).order_by("pk"):
        said.setdefault(comment.candidate_id, []).append(comment)
    proposed = {label.pk: label for label in classes}
    named = [(label.key, localized(label).name) for label in classes]
    for row in candidates:
        row.image = pictures[row.image_id]
        row.prediction = predictions[row.prediction_id] if row.prediction_id else None
        if row.proposed_id in proposed:
            row.proposed = proposed[row.proposed_id]
    return [_item(user, row, classes, named, said.get(row.pk, [])) for row in candidates]


def classes_version(classes: Sequence[LabelClass]) -> str:
    """Changes with every key, name and definition: a page that shows another asks for the classes anew."""
    words = [(c.pk, c.key, c.name, c.plural, c.definition, c.translations) for c in classes]
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:16]


def decided_per_class(project: Project, classes: Sequence[LabelClass]) -> dict[str, int]:
    """Class key -> pictures decided as that class. One query."""
    decided = Candidate.objects.filter(project=project, state=Candidate.State.DECIDED)
    counts = dict(decided.order_by().values("label").annotate(n=Count("pk")).values_list("label", "n"))
    return {label.key: counts.get(label.pk, 0) for label in classes}


@dataclass(frozen=True, slots=True)
class QueueState:
    """Counts of a project's candidates as one reviewer meets them."""

    total: int
    open: int
    decided: int
    set_aside: int
    judged: int  # open, and judged by this reviewer: other votes are awaited
    held: int  # open, and in the hands of other people at this moment

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def queue_state(user: User, project: Project) -> QueueState:
    """Why there is, or is not, something to review. One query."""
    State = Candidate.State
    held = Claim.objects.filter(candidate=OuterRef("pk"), expires_at__gt=Now()).exclude(user=user)
    counts = Candidate.objects.filter(project=project).aggregate(
        total=Count("pk"),
        open=Count("pk", filter=Q(state=State.OPEN)),
        decided=Count("pk", filter=Q(state=State.DECIDED)),
        set_aside=Count("pk", filter=Q(state__in=[State.FLAGGED, State.DISPUTED])),
        judged=Count("pk", filter=Q(judged_by(user), state=State.OPEN)),
        held=Count("pk", filter=Q(Exists(held), state=State.OPEN)),
    )
    return QueueState(**counts)


def _item(
    user: User,
    candidate: Candidate,
    classes: Sequence[LabelClass],
    named: Sequence[tuple[str, str]],
    comments: Sequence[Comment],
) -> dict[str, Any]:
    image = candidate.image
    # Nothing tells a picture with a known answer from the others.
    gold = known_answer(candidate) is not None
    blind = is_blind(candidate)
    questions = [row for row in comments if row.kind == Comment.Kind.QUESTION]
    # Of a picture with a known answer the words of colleagues would tell it from others.
    read = [row for row in comments if row.author_id == user.pk or row in questions] if gold else comments
    original = image.extension.lower() in SHOWN_BY_BROWSERS
    prediction = None if blind else _prediction(candidate, named)
    best = [guess["key"] for guess in prediction["best"]] if prediction else []
    return {
        "id": candidate.pk,
        "title": image.title,
        "name": image.scientific_name,
        "width": image.width,
        "height": image.height,
        "review": picture_url(image, Image.Rendition.REVIEW),
        "original": picture_url(image, Image.Rendition.ORIGINAL) if original else None,
        "thumb": picture_url(image, Image.Rendition.THUMB),
        "source": {
            "code": image.source.code,
            "name": image.source.name,
            "url": reverse("source", args=[image.source.code]),
        },
        "licence": {"short": image.licence.short, "url": image.licence.url},
        "rights_holder": image.rights_holder,
        "page": image.further_information_url,
        "record": image_url(image),
        "votes": 0 if blind or gold else candidate.votes,
        "blind": blind,
        "audit": not gold and by_lot(candidate),
        "prediction": prediction,
        "hints": [] if blind else hints(candidate, classes, best),
        "guess": {"key": best[0], "confidence": candidate.confidence} if best else None,
        "question": questions[-1].text if questions else None,
        "comments": len(read),
    }


def _prediction(candidate: Candidate, named: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """named: key and name of the classes, in their order."""
    prediction = candidate.prediction
    if prediction is None:
        return None
    ranked = sorted(zip(prediction.probabilities, named, strict=True), key=lambda pair: -pair[0])
    best = [{"key": key, "name": name, "p": round(p, 4)} for p, (key, name) in ranked[:SUGGESTIONS]]
    return {"id": prediction.pk, "best": best}

"""A project with pictures set aside for every reason, relatives that are decided, and guidelines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from curation.models import (
    Candidate,
    Guideline,
    GuidelineExample,
    GuidelineSection,
    Image,
    Project,
    User,
)
from curation.services.comments import add_comment
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say
from tests.factories import decide, make_candidate, make_model, make_prediction, make_project, make_user

CLASSES = ["Animal", "Biocultural", "Fragmentary", "Mixed", "Ordinary", "Text"]
LETTERS = "ABFMNX"


@dataclass
class Aside:
    project: Project
    lead: User
    people: list[User]
    disputed: list[Candidate]
    flagged: Candidate
    decided: list[Candidate]


def set_aside_site(picture_of: Callable[[int], Image], disputes: int = 4) -> Aside:
    """`disputes` disputed candidates, then a flagged one; four decided ones beside them in the catalogue."""
    project = make_project(classes=len(CLASSES), key="sheets", title="Sheets", votes_needed=2)
    for label, name, key in zip(
        project.classes.order_by("-index"), CLASSES[::-1], LETTERS[::-1], strict=True
    ):
        label.name, label.key, label.definition = name, key, f"What a picture of {name.lower()} things shows."
        label.save()
    classes = list(project.classes.order_by("index"))
    people = [make_user(username=name) for name in ("ines", "otto")]
    lead = make_user("lead", username="lena")
    model = make_model([label.name for label in classes])
    pictures = [picture_of(number) for number in range(disputes + 5)]
    rows = [make_candidate(project, picture) for picture in pictures]
    for row in rows:
        make_prediction(row, model, [0.04, 0.02, 0.09, 0.11, 0.72, 0.02])
    for row in rows[disputes + 1 :]:
        decide(row, classes[4], lead)
    for row in rows[:disputes]:
        say(people[0], row, "N", prediction=row.prediction_id, milliseconds=2400)
        say(people[1], row, "M", milliseconds=8100, blind=True)
    flag = new_vote(rows[disputes], "flag", reason="A hand can be seen", flag="bad-image")
    record_votes(people[0], [flag])
    add_comment(people[1], rows[0].pk, "Two plants on one sheet, I think. @lena?")
    _guidelines(project, [picture.pk for picture in pictures])
    for row in rows:
        row.refresh_from_db()
    return Aside(project, lead, people, rows[:disputes], rows[disputes], rows[disputes + 1 :])


def _guidelines(project: Project, pictures: list[int]) -> None:
    version = Guideline.objects.create(project=project, number=1, intro="Look twice.")
    for label in project.classes.order_by("index"):
        text = f"Count the plants before you say {label.name.lower()}."
        section = GuidelineSection.objects.create(guideline=version, label=label, text=text)
        for place, (picture, counter) in enumerate([(pictures[-1], False), (pictures[-2], True)]):
            GuidelineExample.objects.create(
                section=section, image_id=picture, counter=counter, caption="Whole sheet", position=place
            )
    project.guideline = version
    project.save()

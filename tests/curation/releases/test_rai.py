"""What a Croissant data set says of how it was made: counted, and as it was when the release was frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curation.models import AgreementReport, Guideline, Project, Release, Vote
from curation.selectors import annotation_history
from curation.services.freeze import freeze
from curation.services.reopen import reopen
from curation.services.review_policy import change_policy
from tests.curation.releases.conftest import Garden, MakeGarden
from tests.curation.releases.test_croissant import exported
from tests.curation.releases.test_export import content
from tests.factories import make_model, make_prediction, make_user

pytestmark = pytest.mark.django_db


def voted(garden: Garden, **fields: Any) -> Release:
    """A release of 3 x 4 pictures with more said about them than one vote each."""
    project, [first, second, third] = garden.project, garden.classes[:3]
    guideline = Guideline.objects.create(project=project, number=2, intro="Look twice.")
    model = make_model(["a", "b", "c"], "shape-v1")
    reviewer = make_user("curator")
    candidates = list(project.candidates.order_by("id"))
    for number, candidate in enumerate(candidates):
        prediction = make_prediction(candidate, model, [0.5, 0.3, 0.2])
        own = {"candidate": candidate, "user": reviewer, "kind": "label", "guideline": guideline}
        Vote.objects.create(
            id=f"00000000-0000-0000-0000-{number:012d}",
            label=candidate.label if number % 4 else (second if candidate.label == first else first),
            prediction=prediction,
            blind=number % 2 == 1,
            **own,
        )
    taken_back = Vote.objects.create(
        id="00000000-0000-0000-0001-000000000000",
        candidate=candidates[1],
        user=make_user("curator"),
        kind="label",
        label=third,
    )
    Vote.objects.create(
        id="00000000-0000-0000-0001-000000000001",
        candidate=candidates[1],
        user=taken_back.user,
        kind="undo",
        undoes=taken_back,
    )
    AgreementReport.objects.create(
        project=project,
        votes=24,
        data={
            "as_of": "2026-11-01T10:00:00",
            "agreement": {"units": 12, "votes": 24, "overall": {"alpha": {"value": 0.8125}}},
        },
    )
    return freeze(project, seed=1, name="voted", train=2, test=1, validate=1, **fields)


def test_how_it_was_made_is_counted(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(3, key="counted", question="What is it?", votes_needed=2, double_share=0.0)
    garden.fill(4, files=True)
    release = voted(garden)
    found = exported(release, tmp_path / "out")
    protocol = found["rai:dataAnnotationProtocol"]
    assert "2 people answered “What is it?” with one of 3 classes: Class A, Class B, Class C." in protocol
    assert "Votes needed for a picture: 2" in protocol
    assert "Guidelines: version 2 (12 votes)." in protocol
    assert "the votes needed agree: 12" in protocol
    assert found["rai:annotationsPerItem"] == "2 votes: 12 pictures"
    [tool] = found["rai:machineAnnotationTools"]
    assert tool.startswith("shape-v1 (SHA-256 of model.json: 0000")
    assert tool.endswith("its suggestion was on the screen for 6 of 24 votes.")
    same, alpha = found["rai:dataAnnotationAnalysis"]
    assert same == "Pictures with two votes and more: 12; with all votes for one class: 9 of them."
    assert "on 2026-11-01: 0.812" in alpha or "on 2026-11-01: 0.813" in alpha
    assert found["rai:dataAnnotationPlatform"] == ["Vasculum 0.1.0"]
    assert "access_uri of 12" in found["rai:dataCollectionMissingData"]


def test_what_happens_after_freezing_changes_nothing(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(3, key="later", votes_needed=2)
    garden.fill(4, files=True)
    release = voted(garden)
    exported(release, tmp_path / "before")
    lead = make_user("lead")
    candidates = list(garden.project.candidates.order_by("id"))
    change_policy(lead, Project.objects.get(pk=garden.project.pk), votes_needed=3, audit_share=0.5)
    reopen(lead, [candidates[0].pk], "Look again.")
    Vote.objects.create(
        id="00000000-0000-0000-0002-000000000000",
        candidate=candidates[2],
        user=lead,
        kind="label",
        label=garden.classes[0],
    )
    first = Vote.objects.filter(candidate=candidates[3]).earliest("created_at")
    Vote.objects.create(
        id="00000000-0000-0000-0002-000000000001",
        candidate=candidates[3],
        user=first.user,
        kind="undo",
        undoes=first,
    )
    release.project.refresh_from_db()
    assert annotation_history.policy(release.project, release.created_at)["votes_needed"] == 2
    AgreementReport.objects.create(project=garden.project, votes=1, data={"as_of": "", "agreement": {}})
    exported(release, tmp_path / "after")
    assert content(tmp_path / "before") == content(tmp_path / "after")


def test_one_source_that_dominates_is_said(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(2)
    first, second = garden.classes
    for n in range(4):
        garden.plant(first, files=True, source="K", licence="CC0-1.0")
        garden.plant(second, files=True, source=f"S{n % 2}", licence="CC0-1.0")
    release = freeze(garden.project, seed=1, train=2, test=1, validate=1)
    assert exported(release, tmp_path / "out")["rai:dataBiases"] == [
        "100% of the pictures of the class Class A are from one source, K.",
        "The largest source, K, gives 4 of 8 pictures.",
    ]

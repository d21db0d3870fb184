"""What the report of agreement rests on, and what its figures are."""

from __future__ import annotations

from typing import Any

import pytest

from curation.models import AgreementReport, GoldItem, Job, LabelClass, Project, User
from curation.services.agreement import request_agreement
from tests.curation.quality.conftest import judged, say, undo, work
from tests.factories import decide, make_candidate, make_model, make_prediction

pytestmark = pytest.mark.django_db


def report(project: Project) -> dict[str, Any]:
    work(request_agreement(project))
    newest = AgreementReport.objects.filter(project=project).first()
    assert newest is not None
    return newest.data


def test_units_are_pictures_with_two_votes_that_count_now(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    judged(project, people, "AA")
    judged(project, people, "A")
    undo(say(people[1], judged(project, people, "A"), "B"))
    again = judged(project, people, "AB")
    again.round = 2
    again.save()
    settled = judged(project, people, "A")
    say(lead, settled, "B", via="lead")
    item = decide(make_candidate(project), classes["A"], lead)
    gold = GoldItem.objects.create(candidate=item, project=project, label=classes["A"], created_by=lead)
    say(people[0], item, "B", gold=gold)
    data = report(project)["agreement"]
    assert (data["units"], data["votes"]) == (1, 2)
    say(people[2], again, "C")
    say(people[1], again, "A")
    data = report(project)["agreement"]
    assert (data["units"], data["votes"], data["overall"]["disputed"]) == (2, 4, 1)


def test_figures_of_a_small_set_by_hand(
    project: Project, people: list[User], classes: dict[str, LabelClass]
) -> None:
    """ada and ben: 20 AA, 5 AB, 10 BA, 15 BB: 70 % and kappa 0.4; cyd joins three."""
    for said, times in (("AA", 18), ("AAA", 2), ("AB", 4), ("ABC", 1), ("BA", 10), ("BB", 15)):
        for _ in range(times):
            judged(project, people, said)
    data = report(project)["agreement"]
    assert data["units"] == 50 and data["votes"] == 103
    # Pairs that agree: 18 + 3 * 2 + 15, of 47 + 3 * 3.
    assert data["overall"]["percent"]["value"] == pytest.approx(39 / 56)
    assert data["overall"]["fleiss"]["n"] == 47 and data["overall"]["fleiss"]["each"] == 2
    alpha = data["overall"]["alpha"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    first = data["pairs"][0]
    assert (first["a"], first["b"], first["n"]) == (people[0].pk, people[1].pk, 50)
    assert first["percent"] == pytest.approx(0.7) and first["kappa"]["value"] == pytest.approx(0.4)
    a, b, c = (classes[key].pk for key in "ABC")
    assert {(x, y): n for x, y, n in first["confusion"]} == {(a, a): 20, (a, b): 5, (b, a): 10, (b, b): 15}
    assert [pair["n"] for pair in data["pairs"]] == [50, 3, 3]
    rows = {row["label"]: row for row in data["classes"]}
    assert (rows[c]["n"], rows[c]["disputed"], rows[a]["n"]) == (1, 1, 35)
    assert [row["n"] for row in data["months"]] == [50]


def test_known_answers_per_reviewer(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    items = [
        GoldItem.objects.create(
            candidate=decide(make_candidate(project), classes["A"], lead),
            project=project,
            label=classes["A"],
            created_by=lead,
        )
        for _ in range(4)
    ]
    for number, item in enumerate(items):
        say(people[0], item.candidate, "A" if number else "B", gold=item)
    undo(say(people[1], items[0].candidate, "B", gold=items[0]))
    say(people[1], items[1].candidate, "A", gold=items[1])
    first, second = report(project)["gold"]
    assert (first["user"], first["k"], first["n"]) == (people[0].pk, 3, 4)
    assert (first["low"], first["high"]) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert (second["user"], second["k"], second["n"]) == (people[1].pk, 1, 1)


def test_the_model_is_measured_on_pictures_by_lot_judged_blind(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    model = make_model(["a", "b", "c"])

    def picture(guess: list[float], said: str, **fields: Any) -> Any:
        candidate = make_candidate(project)
        prediction = make_prediction(candidate, model, guess)
        say(people[0], candidate, said, prediction=prediction, **fields)
        return candidate

    by_lot = {"audit": True, "blind": True}
    picture([0.8, 0.1, 0.1], "A", **by_lot)
    picture([0.8, 0.1, 0.1], "B", **by_lot)
    overruled = picture([0.1, 0.8, 0.1], "A", **by_lot)
    decide(overruled, classes["B"], lead)
    picture([0.8, 0.1, 0.1], "B", blind=True)  # not by lot
    picture([0.8, 0.1, 0.1], "B")
    found = report(project)["model"]
    assert (found["k"], found["n"]) == (2, 3)


def test_following_with_and_without_the_suggestion(project: Project, people: list[User]) -> None:
    model = make_model(["a", "b", "c"])
    for number in range(20):
        candidate = make_candidate(project)
        prediction = make_prediction(candidate, model, [0.6, 0.3, 0.1])
        say(people[0], candidate, "A" if number < 18 else "B", prediction=prediction)
        say(people[1], candidate, "A" if number < 10 else "B", prediction=prediction, blind=True)
        say(people[2], candidate, "A", prediction=prediction, via="grid")
    found = report(project)["bias"]
    assert (found["shown"]["k"], found["shown"]["n"]) == (18, 20)
    assert (found["blind"]["k"], found["blind"]["n"]) == (10, 20)
    assert found["difference"]["value"] == pytest.approx(0.4)
    assert 0 < found["difference"]["low"] < 0.4 < found["difference"]["high"] < 1


def test_without_votes_the_report_says_so_and_nothing_breaks(project: Project) -> None:
    data = report(project)
    assert data["agreement"]["units"] == 0 and data["gold"] == []
    assert data["agreement"]["overall"]["alpha"]["value"] is None
    assert data["bias"]["difference"] is None and data["model"]["n"] == 0


def test_one_job_at_a_time_and_one_report_a_job(project: Project, people: list[User]) -> None:
    judged(project, people, "AB")
    job = request_agreement(project)
    assert request_agreement(project) == job
    work(job)
    assert request_agreement(project) != job
    assert AgreementReport.objects.filter(job=job).count() == 1
    assert Job.objects.get(pk=job.pk).result == {"pictures": 1, "votes": 2}

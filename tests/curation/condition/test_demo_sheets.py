"""Drawn sheets in a project on condition: classes in balance, stains as regions, and what is refused."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from curation.drawing.condition import LOOK_ALIKES, plan
from curation.errors import Refused
from curation.models import Candidate, Image, Project, Region
from curation.services import demo, demo_sheets
from curation.services.progress import NullProgress
from curation.services.projects import CONDITION_CLASSES, create_project
from curation.services.regions import remove_region
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return create_project("mercury", title="Mercury", kind="condition", classes=CONDITION_CLASSES)


def draw(project: Project, per_class: int = 8, seed: int = 1) -> None:
    job = demo.request_demo(project, per_class=per_class, seed=seed, short_side=128)
    demo.run(job, NullProgress())


def test_the_demo_draws_answers_and_marks(project: Project) -> None:
    draw(project, per_class=8)
    assert demo.answer_drawn(project) == 16
    rows = Candidate.objects.filter(project=project).select_related("label", "image__source")
    decided = [row.label.slug for row in rows if row.label]
    assert (decided.count("clean"), decided.count("contaminated")) == (8, 8)
    drawn = [row.image.making["drawn"] for row in rows]
    assert sorted(one["look_alike"] for one in drawn if one["look_alike"]) == sorted(LOOK_ALIKES)
    assert all(1805 <= one["year"] <= 1995 for one in drawn)
    assert {row.image.source.kind for row in rows} == {"synthetic"}
    assert len({row.image.source.code for row in rows}) >= 3
    stains = {item.seed: item.draw(128).stains for item in plan(16)}
    for row in rows:
        regions = row.regions.all()
        assert {(region.label.slug, region.author.username) for region in regions} == (
            {("contaminated", demo.DRAWN_BY)} if row.label and row.label.slug == "contaminated" else set()
        )
        assert sorted((r.left, r.top, r.width, r.height) for r in regions) == [
            pytest.approx(tuple(box), abs=1e-6) for box in sorted(stains[row.image.making["drawn"]["seed"]])
        ]


def test_nobody_can_sign_in_as_the_account_that_answers() -> None:
    account = demo.drawn_by()
    assert not account.is_active and not account.has_usable_password()
    assert demo.drawn_by() == account


def test_a_run_that_stopped_before_the_regions_makes_up_for_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = demo.request_demo(project, per_class=4, short_side=128)
    with monkeypatch.context() as patch:
        patch.setattr(demo_sheets, "mark_region", lambda *given, **named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            demo.run(job, NullProgress())
    assert (Candidate.objects.count(), Region.objects.count()) == (8, 0)
    demo.run(job, NullProgress())
    assert Candidate.objects.count() == 8
    assert Candidate.objects.filter(regions__isnull=False).distinct().count() == 4


def test_regions_that_somebody_took_back_stay_away(project: Project) -> None:
    draw(project, per_class=2)
    lead = make_user("lead")
    for region in Region.objects.all():
        remove_region(region, by=lead)
    assert demo_sheets.mark_stains(project, demo.drawn_by()) == 0


def test_another_seed_adds_other_sheets_and_the_same_seed_none(project: Project) -> None:
    draw(project, per_class=2)
    draw(project, per_class=2)
    assert Image.objects.count() == 4
    draw(project, per_class=2, seed=2)
    assert Image.objects.count() == 8


def test_other_conditions_cannot_be_drawn() -> None:
    mould = make_project(key="mould", kind="condition")
    with pytest.raises(Refused, match="no drawing of class-a.*Only clean and contaminated can be drawn"):
        demo.request_demo(mould)


def test_pictures_of_other_classes_are_no_sheets_of_condition() -> None:
    plain = create_project("plain", title="Plain", classes=CONDITION_CLASSES)
    with pytest.raises(Refused, match="no drawing of clean, contaminated. Only the classes of herbariograph"):
        demo.request_demo(plain)


def test_the_command_makes_a_condition_project(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_project", "sheets", title="Sheets", kind="condition", test=5)
    assert capsys.readouterr().out == "Project sheets: 2 classes.\n"
    made = Project.objects.get(key="sheets")
    assert (made.kind, made.train, made.validate, made.test) == ("condition", 700, 200, 5)
    with pytest.raises(CommandError, match="--classes FILE.tsv: expected"):
        call_command("create_project", "other", title="Other")

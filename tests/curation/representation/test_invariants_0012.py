"""What the database refuses of tags, regions and pairs almost alike, whoever asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from curation.models import Candidate, NearPair, Region, Tag, Tagging, User
from tests.curation.models.test_invariants import refused
from tests.curation.representation.conftest import plant
from tests.factories import make_candidate, make_model, make_project, make_user

pytestmark = pytest.mark.django_db


def sql(command: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(command, values)


@pytest.fixture
def person() -> User:
    return make_user("lead")


@pytest.fixture
def ours() -> Candidate:
    return make_candidate(make_project(2))


@pytest.fixture
def theirs() -> Candidate:
    return make_candidate(make_project(2))


# --- tags -------------------------------------------------------------------------------------------------


def test_a_tag_is_put_on_pictures_of_its_project_only(
    person: User, ours: Candidate, theirs: Candidate
) -> None:
    tag = Tag.objects.create(project=ours.project, name="stained", created_by=person)
    insert = "INSERT INTO curation_tagging (tag_id, candidate_id, by_id, at) VALUES (%s, %s, %s, now())"
    with refused("tag .* is of project"):
        sql(insert, tag.pk, theirs.pk, person.pk)
    sql(insert, tag.pk, ours.pk, person.pk)
    for change in ("candidate_id = %s", "tag_id = %s"):
        other = Tag.objects.create(project=theirs.project, name=change, created_by=person)
        value = theirs.pk if change.startswith("candidate") else other.pk
        with refused("tag .* is of project"):
            sql(f"UPDATE curation_tagging SET {change}", value)
    with refused("tag_once_on_a_picture"):
        sql(insert, tag.pk, ours.pk, person.pk)
    assert Tagging.objects.get().candidate == ours


def test_a_tag_is_there_once_in_a_project_and_says_something(
    person: User, ours: Candidate, theirs: Candidate
) -> None:
    insert = (
        "INSERT INTO curation_tag (project_id, name, created_by_id, created_at) VALUES (%s, %s, %s, now())"
    )
    sql(insert, ours.project_id, "Stained", person.pk)
    with refused("tag_once_in_a_project"):
        sql(insert, ours.project_id, "stained", person.pk)
    for empty in ("", "  "):
        with refused("tag_says_something"):
            sql(insert, ours.project_id, empty, person.pk)
    sql(insert, theirs.project_id, "stained", person.pk)
    assert Tag.objects.count() == 2


# --- regions ----------------------------------------------------------------------------------------------


def region(candidate: Candidate, person: User, **fields: Any) -> Region:
    label = fields.pop("label", None) or candidate.project.classes.get(index=1)
    place = {"left": 0.25, "top": 0.5, "width": 0.25, "height": 0.25} | fields
    return Region.objects.create(candidate=candidate, label=label, author=person, **place)


def test_a_region_shows_a_class_of_its_project(person: User, ours: Candidate, theirs: Candidate) -> None:
    with refused("class .* is of project"):
        region(ours, person, label=theirs.project.classes.get(index=1))
    insert = (
        "INSERT INTO curation_region "
        '(candidate_id, label_id, "left", top, width, height, author_id, created_at) '
        "VALUES (%s, %s, 0, 0, 0.1, 0.1, %s, now())"
    )
    label = ours.project.classes.get(index=1)
    with refused("class .* is of project"):
        sql(insert, theirs.pk, label.pk, person.pk)
    sql(insert, ours.pk, label.pk, person.pk)
    assert Region.objects.get().candidate == ours


@pytest.mark.parametrize(
    "place",
    [{"left": -0.01}, {"top": -0.01}, {"width": 0}, {"height": 0}, {"left": 0.76}, {"height": 0.51}],
    ids=lambda place: "{}={}".format(*next(iter(place.items()))),
)
def test_a_region_lies_on_the_picture(person: User, ours: Candidate, place: dict[str, float]) -> None:
    with refused("region_on_the_picture"):
        region(ours, person, **place)
    region(ours, person, left=0.75)  # up to the edge


@pytest.mark.parametrize(
    "change",
    [
        '"left" = 0.1',
        "top = 0.1",
        "width = 0.1",
        "height = 0.1",
        "author_id = {stranger}",
        "label_id = {label}",
        "candidate_id = {candidate}",
        "created_at = now() - interval '1 day'",
        "top = 0.1, removed_at = now(), removed_by_id = {stranger}",
    ],
)
def test_a_region_stays_as_it_was_drawn(person: User, ours: Candidate, change: str) -> None:
    row = region(ours, person)
    names = {
        "stranger": make_user("lead").pk,
        "label": ours.project.classes.get(index=0).pk,
        "candidate": make_candidate(ours.project).pk,
    }
    with refused("stays as it was drawn"):
        sql(f"UPDATE curation_region SET {change.format(**names)} WHERE id = %s", row.pk)


def test_a_region_is_taken_back_once_and_never_deleted(person: User, ours: Candidate) -> None:
    row = region(ours, person)
    with refused("stays as it was drawn"):
        sql("DELETE FROM curation_region WHERE id = %s", row.pk)
    with refused("region_removed_by_somebody"):
        sql("UPDATE curation_region SET removed_at = now() WHERE id = %s", row.pk)
    sql("UPDATE curation_region SET removed_at = now(), removed_by_id = %s WHERE id = %s", person.pk, row.pk)
    for change in ("removed_at = NULL, removed_by_id = NULL", "removed_at = now() + interval '1 day'"):
        with refused("stays as it was drawn"):
            sql(f"UPDATE curation_region SET {change} WHERE id = %s", row.pk)
    row.refresh_from_db()
    assert row.removed_by == person and row.removed_at


# --- pairs ------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(person: User) -> NearPair:
    project = make_project(2)
    candidates = [make_candidate(project) for _ in range(2)]
    found = plant(project, make_model(["Class A"]), candidates, np.eye(2, dtype="f4"))
    first, second = sorted(one.image_id for one in candidates)
    return NearPair.objects.create(
        job=found.job, feature_set=found, first_id=first, second_id=second, distance=0.01
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("first_id = second_id, second_id = first_id", "near_pair_in_order"),
        ("second_id = first_id", "near_pair_in_order"),
        ("verdict = 'same'", "near_pair_verdict_by_somebody"),
        ("by_id = (SELECT min(id) FROM curation_user)", "near_pair_verdict_by_somebody"),
        ("verdict = 'different', at = now()", "near_pair_verdict_by_somebody"),
    ],
)
def test_rules_of_pairs(pair: NearPair, change: str, rule: str) -> None:
    with refused(rule):
        sql(f"UPDATE curation_nearpair SET {change} WHERE id = %s", pair.pk)


def test_a_pair_is_there_once_in_a_set(pair: NearPair, person: User) -> None:
    with refused("near_pair_once"):
        sql(
            "INSERT INTO curation_nearpair (job_id, feature_set_id, first_id, second_id, distance, verdict) "
            "SELECT job_id, feature_set_id, first_id, second_id, 0.5, '' FROM curation_nearpair"
        )
    NearPair.objects.filter(pk=pair.pk).update(verdict="same", by=person, at=timezone.now())


def test_a_picture_of_a_pair_is_not_lost(pair: NearPair) -> None:
    Candidate.objects.all().delete()
    with pytest.raises(IntegrityError, match="curation_nearpair"), transaction.atomic():
        sql("DELETE FROM curation_image WHERE id = %s", pair.first_id)
        sql("SET CONSTRAINTS ALL IMMEDIATE")

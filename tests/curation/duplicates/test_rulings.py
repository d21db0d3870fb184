"""What a lead curator rules about groups stays, is on record, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from curation.errors import Refused
from curation.models import AuditEntry, Image, User
from curation.selectors.duplicates import last_ruling
from curation.services import duplicates
from curation.services.dedupe import LOCK, group_images, regroup_all
from curation.services.duplicates import join, keep, release, represent, split, token, undo
from curation.services.progress import NullProgress
from tests.curation.duplicates.conftest import groups
from tests.factories import make_user

pytestmark = pytest.mark.django_db
Make = Callable[..., Image]


@pytest.fixture
def four(picture: Make) -> list[Image]:
    """1, 2 and 3 are one group by nearness, 4 is alone."""
    rows = [picture(0), picture(4), picture(8), picture(40)]
    group_images(rows)
    assert groups(*rows) == [1, 1, 1, 4]
    return rows


def settled(*images: Image) -> list[bool]:
    found = dict(Image.objects.values_list("pk", "group_settled"))
    return [found[image.pk] for image in images]


def test_a_group_that_is_kept_stays_and_takes_new_ones(
    four: list[Image], lead: User, picture: Make, settings: Any
) -> None:
    entry = keep(four[0].group, lead, seen=token(image.pk for image in four[:3]))
    assert settled(*four) == [True, True, True, False]
    assert (entry.action, entry.actor, len(entry.detail["before"])) == ("duplicates.keep", lead, 3)
    settings.NEAR_BITS = 0
    regroup_all(NullProgress())
    assert groups(*four) == [1, 1, 1, 4]
    settings.NEAR_BITS = 10
    new = picture(9)
    group_images([new])
    assert groups(new) == [1] and settled(new) == [False]


def test_groups_are_joined_for_good(four: list[Image], lead: User) -> None:
    represent(four[1].pk, lead, group=four[0].sha256)
    join([four[3].sha256, four[0].sha256], lead)
    regroup_all(NullProgress())
    assert groups(*four) == [1, 1, 1, 1]
    assert settled(*four) == [True] * 4
    assert Image.objects.get(representative=True) == four[1]
    with pytest.raises(Refused, match="two groups or more"):
        join([four[0].sha256] * 2, lead)


def test_pictures_are_split_off_for_good(four: list[Image], lead: User, picture: Make) -> None:
    split([four[0].pk, four[2].pk], lead, group=four[0].sha256)
    assert groups(*four) == [1, 2, 1, 4]
    regroup_all(NullProgress())
    assert groups(*four) == [1, 2, 1, 4]
    new = picture(5)  # 1 bit from the second, 3 from the third
    group_images([new])
    assert groups(new) == [2]


def test_pictures_are_split_into_one_each(four: list[Image], lead: User) -> None:
    split([image.pk for image in four[:3]], lead, group=four[0].sha256, each=True)
    assert groups(*four) == [1, 2, 3, 4]
    regroup_all(NullProgress())
    assert groups(*four) == [1, 2, 3, 4]


def test_a_split_that_makes_no_sense_is_refused(four: list[Image], lead: User) -> None:
    name = four[0].sha256
    with pytest.raises(Refused, match="select those that do not belong"):
        split([], lead, group=name)
    with pytest.raises(Refused, match="All pictures of the group are selected"):
        split([image.pk for image in four[:3]], lead, group=name)
    with pytest.raises(Refused, match="in it no longer"):
        split([four[0].pk, four[3].pk], lead, group=name)
    assert groups(*four) == [1, 1, 1, 4] and not any(settled(*four))


def test_one_picture_stands_for_its_group(four: list[Image], lead: User) -> None:
    name = four[0].sha256
    represent(four[1].pk, lead, group=name)
    represent(four[2].pk, lead, group=name)
    assert Image.objects.get(representative=True) == four[2]
    assert settled(*four) == [True, True, True, False]
    represent(four[2].pk, lead, group=name)
    assert not Image.objects.filter(representative=True).exists()
    with pytest.raises(Refused, match="alone in its group"):
        represent(four[3].pk, lead, group=four[3].sha256)


def test_a_settled_group_can_be_left_to_itself_again(four: list[Image], lead: User, settings: Any) -> None:
    keep(four[0].group, lead)
    settings.NEAR_BITS = 3
    release(four[0].group, lead)
    assert groups(*four) == [1, 2, 3, 4] and not any(settled(*four))
    with pytest.raises(Refused, match="automatic already"):
        release(four[0].sha256, lead)


def test_rulings_are_taken_back_the_latest_first(four: list[Image], lead: User, picture: Make) -> None:
    represent(four[0].pk, lead, group=four[0].sha256)
    split([four[2].pk], lead, group=four[0].sha256)
    assert groups(*four) == [1, 1, 3, 4]
    entry = last_ruling(lead)
    assert entry is not None and entry.action == "duplicates.split"
    undo(entry.pk, lead)
    assert groups(*four) == [1, 1, 1, 4]
    assert Image.objects.get(representative=True) == four[0]
    entry = last_ruling(lead)
    assert entry is not None and entry.action == "duplicates.represent"
    new = picture(6)
    group_images([new])
    undo(entry.pk, lead)
    assert groups(*four, new) == [1, 1, 1, 4, 1]
    assert not any(settled(*four)) and not Image.objects.filter(representative=True).exists()
    assert last_ruling(lead) is None
    with pytest.raises(Refused, match="ruled on or grouped again"):
        undo(entry.pk, lead)
    with pytest.raises(Refused, match="not there"):
        undo(AuditEntry.objects.latest("pk").pk, lead)


def test_what_came_since_a_split_is_grouped_anew_when_it_is_taken_back(
    four: list[Image], lead: User, picture: Make
) -> None:
    entry = split([four[2].pk], lead, group=four[0].sha256)
    new = picture(9)
    group_images([new])
    assert groups(new) == [3]
    undo(entry.pk, lead)
    assert groups(*four[:3], new) == [1, 1, 1, 1]


def test_nobody_rules_on_what_they_did_not_see(four: list[Image], lead: User, picture: Make) -> None:
    name, seen = four[0].sha256, token(image.pk for image in four[:3])
    group_images([picture(1)])
    for ruling in (
        lambda: keep(name, lead, seen=seen),
        lambda: split([four[0].pk], lead, group=name, seen=seen),
        lambda: represent(four[0].pk, lead, group=name, seen=seen),
        lambda: join([four[3].sha256, name], lead, seen=[None, seen]),
        lambda: release(name, lead, seen=seen),
    ):
        with pytest.raises(Refused, match="has changed since the page was opened. It holds 4 pictures now"):
            ruling()
    with pytest.raises(Refused, match="there no longer"):
        keep("a" * 64, lead)
    assert not AuditEntry.objects.filter(action__startswith="duplicates").exists()
    assert not any(settled(*four))


def test_ruling_needs_the_role(four: list[Image]) -> None:
    curator = make_user("curator")
    for ruling in (lambda: keep(four[0].sha256, curator), lambda: undo(1, curator)):
        with pytest.raises(Refused, match="needs the role lead curator"):
            ruling()


@pytest.mark.django_db(transaction=True)
def test_a_ruling_does_not_wait_for_a_long_grouping(
    four: list[Image], lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "WAIT", "200ms")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(Refused, match="being grouped at this moment"):
            keep(four[0].sha256, lead)
    finally:
        other.close()
    keep(four[0].sha256, lead)
    assert settled(four[0]) == [True]
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)

"""Pictures in the database come into groups, new ones too, and fall apart when what joined them is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from curation.models import Image, Job
from curation.services.dedupe import LOCK, forget, group_images, regroup_all, run
from curation.services.leak_groups import leak_groups
from curation.services.progress import NullProgress
from tests.curation.duplicates.conftest import groups
from tests.factories import make_source

pytestmark = pytest.mark.django_db
Make = Callable[..., Image]


def test_new_pictures_come_to_what_is_there(picture: Make) -> None:
    first, far = picture(0), picture(40)
    assert group_images([first, far]) == 0
    near, between = picture(8), picture(16)
    assert group_images([near, between]) == 2
    assert groups(first, far, near, between) == [1, 2, 1, 1]
    assert group_images([near]) == 0
    assert group_images([]) == 0


def test_the_distance_is_a_setting(picture: Make, settings: Any) -> None:
    rows = [picture(0), picture(8)]
    settings.NEAR_BITS = 7
    group_images(rows)
    assert groups(*rows) == [1, 2]
    settings.NEAR_BITS = 8
    assert regroup_all(NullProgress()) == {"pictures": 2, "groups": 1, "of two and more": 1, "moved": 1}
    assert groups(*rows) == [1, 1]


def test_one_specimen_is_one_group(picture: Make) -> None:
    one, other = make_source("A"), make_source("B")
    rows = [
        picture(0, source=one, catalog_number="7"),
        picture(40, source=one, catalog_number="7", occurrence_id="x"),
        picture(40, 20, source=other, catalog_number="7"),
        picture(20, 44, source=one, occurrence_id="x"),
        picture(22, 20, source=other, occurrence_id="x"),
    ]
    group_images(rows[:1])
    group_images(rows[1:])
    assert groups(*rows) == [1, 1, 3, 1, 5]


def test_pictures_made_from_others_share_a_split_but_no_group(picture: Make) -> None:
    parent, copy = picture(0), picture(2)
    made = picture(1, parent=parent, made_by="corruption")
    group_images([parent, copy, made])
    assert groups(parent, copy, made) == [1, 1, 3]
    pool = {image.pk: image.sha256 for image in (parent, copy, made)}
    assert len(set(leak_groups(pool).values())) == 1
    Image.objects.filter(pk=made.pk).update(group=parent.sha256)
    regroup_all(NullProgress())
    assert groups(parent, copy, made) == [1, 1, 3]


def test_what_only_a_gone_picture_joined_falls_apart(picture: Make) -> None:
    rows = [picture(0), picture(9), picture(18)]
    group_images(rows)
    assert groups(*rows) == [1, 1, 1]
    gone = Image.objects.get(pk=rows[1].pk)
    rows[1].delete()
    assert forget([gone]) == 0
    assert groups(rows[0], rows[2]) == [1, 3]
    assert forget([gone, Image(group="e" * 64)]) == 0


def test_a_settled_group_whose_first_picture_is_gone_gets_another_name(picture: Make) -> None:
    rows = [picture(0), picture(1), picture(2)]
    group_images(rows)
    Image.objects.update(group_settled=True)
    Image.objects.filter(pk=rows[2].pk).update(representative=True)
    gone = Image.objects.get(pk=rows[0].pk)
    rows[0].delete()
    forget([gone])
    assert groups(*rows[1:]) == [2, 2]
    assert Image.objects.get(representative=True) == rows[2]


def test_only_what_changes_is_written(picture: Make) -> None:
    rows = [picture(0), picture(1), picture(40), picture(41)]
    group_images(rows)
    fresh = picture(2)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        group_images([fresh])
    statements = [query["sql"] for query in queries if "curation_image" in query["sql"]]
    assert len([sql for sql in statements if sql.startswith("UPDATE")]) == 1
    update = next(sql for sql in statements if sql.startswith("UPDATE"))
    assert fresh.pk in map(int, update.split("unnest('{")[1].split("}")[0].split(","))
    assert update.split("unnest('{")[1].split("}")[0].count(",") == 0


def test_the_job_groups_all_anew(picture: Make) -> None:
    picture(0), picture(3)
    job = Job.objects.create(kind="group", title="Group")
    progress = NullProgress()
    result = run(job, progress)
    assert result == {"within": 10, "pictures": 2, "groups": 1, "of two and more": 1, "moved": 1}
    assert progress.result_url == "/duplicates/"


@pytest.mark.django_db(transaction=True)
def test_two_groupings_wait_for_one_another(picture: Make) -> None:
    rows = [picture(0), picture(1)]
    done = threading.Event()

    def other() -> None:
        group_images(rows)
        done.set()
        connection.close()

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        thread = threading.Thread(target=other)
        thread.start()
        assert not done.wait(0.5)
    thread.join(10)
    assert done.is_set()
    assert groups(*rows) == [1, 1]

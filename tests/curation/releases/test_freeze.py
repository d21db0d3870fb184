"""Freezing: what may enter, what is refused, and that the same pictures give the same manifest."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from curation import __version__
from curation.errors import Refused
from curation.models import AuditEntry, Image, Licence, Release, ReleaseMember
from curation.services import manifest
from curation.services.freeze import Shortage, freeze
from curation.services.leak_groups import leak_groups
from tests.curation.releases.conftest import Garden, MakeGarden, sha256_for
from tests.factories import make_candidate, make_image, make_project, make_user

pytestmark = pytest.mark.django_db


def splits(release: Release) -> Counter[tuple[str, str]]:
    return Counter(release.members.values_list("category", "split"))


def test_exact_counts_and_everything_that_is_said_of_a_picture(make_garden: MakeGarden) -> None:
    garden = make_garden(2, key="flora")
    garden.fill(6, scientific_name="Rosa  canina\tL.", access_uri="https://example.org/1.jpg")
    admin = make_user("admin")
    release = freeze(garden.project, seed=3, train=3, test=1, validate=1, created_by=admin)
    assert splits(release) == {
        (slug, split): n
        for slug in ("class-a", "class-b")
        for split, n in (("train", 3), ("test", 1), ("validate", 1))
    }
    assert (release.name, release.software) == ("flora-5-s3", f"vasculum {__version__}")
    member = release.members.select_related("image__source", "image__licence").first()
    assert member is not None
    image = member.image
    assert (member.sha256, member.source, member.source_kind) == (
        image.sha256,
        image.source.code,
        "herbarium",
    )
    assert (member.licence, member.licence_url) == (image.licence.identifier, image.licence.url)
    # White space that would break a table is one space from here on.
    assert (image.scientific_name, member.scientific_name) == ("Rosa  canina\tL.", "Rosa canina L.")
    assert member.access_uri == image.access_uri
    assert member.original_name == image.original_name
    entry = AuditEntry.objects.get(action="release.freeze")
    assert (entry.actor, entry.subject) == (admin, "flora-5-s3")
    assert entry.detail["manifest_sha256"] == release.manifest_sha256


def test_only_decided_pictures_under_accepted_licences_enter(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    refused = Licence.objects.create(code="CC-BY-ND", version="4.0", title="No derivatives")
    for n in range(3):
        garden.plant(label, name=f"good {n}")
        garden.plant(label, name=f"barred {n}", licence=refused)
        make_candidate(garden.project, make_image())
    make_candidate(garden.project, make_image(), state="flagged")
    release = freeze(garden.project, seed=1, train=1, test=1, validate=1)
    assert set(release.members.values_list("sha256", flat=True)) == {
        sha256_for(f"good {n}") for n in range(3)
    }
    with pytest.raises(Shortage) as caught:
        freeze(garden.project, seed=1, train=2, test=1, validate=1)
    assert caught.value.extra["shortage"] == [
        {"category": "class-a", "name": "Class A", "accepted": 3, "wanted": 4, "missing": 1}
    ]


def test_a_shortage_names_each_class_and_writes_nothing(make_garden: MakeGarden) -> None:
    garden = make_garden(3)
    a, b, _ = garden.classes
    for n in range(5):
        garden.plant(a)
        if n < 2:
            garden.plant(b)
    with pytest.raises(Shortage, match="Class C lacks 3 and 1 more") as caught:
        freeze(garden.project, seed=1, train=1, test=1, validate=1)
    assert [(row.category, row.accepted, row.wanted, row.missing) for row in caught.value.rows] == [
        ("class-b", 2, 3, 1),
        ("class-c", 0, 3, 3),
    ]
    assert caught.value.table().splitlines() == [
        "class    accepted  wanted  missing",
        "class-b         2       3        1",
        "class-c         0       3        3",
    ]
    assert not Release.objects.exists() and not AuditEntry.objects.filter(action="release.freeze").exists()


def test_a_shortage_by_groups_says_so(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    for n in range(4):
        garden.plant(label, occurrence_id="the same plant", name=n)
    with pytest.raises(Shortage) as caught:
        freeze(garden.project, seed=1, train=2, test=1, validate=1)
    [row] = caught.value.rows
    assert (row.accepted, row.wanted, row.missing, row.by_groups) == (4, 4, 2, 2)
    assert "2 of them in groups" in caught.value.table()


def test_the_largest_balanced_size(make_garden: MakeGarden) -> None:
    garden = make_garden(2)
    a, b = garden.classes
    for _ in range(9):
        garden.plant(a)
    for _ in range(14):
        garden.plant(b)
    release = freeze(garden.project, seed=1, train=60, test=20, validate=20, largest=True)
    assert (release.train, release.test, release.validate) == (5, 2, 2)
    assert splits(release).total() == 18
    # Where there is enough, the size asked for is not exceeded.
    release = freeze(garden.project, seed=1, train=3, test=1, validate=1, largest=True)
    assert (release.train, release.test, release.validate) == (3, 1, 1)


def test_the_largest_size_allows_for_groups(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    for n in range(8):
        garden.plant(label, occurrence_id=f"plant {n // 4}")  # two plants, four pictures each
    release = freeze(garden.project, seed=1, train=10, test=10, validate=0, largest=True)
    assert (release.train, release.test) == (4, 4)
    with pytest.raises(Shortage, match="Not even 3 per class"):
        freeze(garden.project, seed=1, train=10, test=10, validate=10, largest=True)


def test_relatives_share_a_group(make_garden: MakeGarden) -> None:
    garden = make_garden(2)
    a, b = garden.classes
    first = garden.plant(a, name="x", occurrence_id="o1").image
    same_specimen = garden.plant(b, name="y", occurrence_id="o1", catalog_number="7").image
    same_number = garden.plant(b, name="z", catalog_number="7").image
    garden.plant(a, name="elsewhere", source="T", occurrence_id="o1", catalog_number="7")
    near = garden.plant(a, name="near", group=same_number.group).image
    # Joined by a picture that is in no project: both were made from it.
    whole = make_image()
    made = [garden.plant(a, name=f"made {n}", parent=whole).image for n in range(2)]
    groups = leak_groups(dict(Image.objects.filter(candidates__isnull=False).values_list("id", "sha256")))
    specimen = {first.pk, same_specimen.pk, same_number.pk, near.pk}
    assert len({groups[pk] for pk in specimen}) == 1
    assert groups[first.pk] == min(sha256_for(name) for name in ("x", "y", "z", "near"))
    assert groups[made[0].pk] == groups[made[1].pk] == min(sha256_for("made 0"), sha256_for("made 1"))
    assert len(set(groups.values())) == 3


def test_groups_keep_one_split_over_all_classes(make_garden: MakeGarden) -> None:
    garden = make_garden(2)
    a, b = garden.classes
    for n in range(12):
        parent = garden.plant(a, name=f"plain {n}").image
        garden.plant(b, name=f"damaged {n}", parent=parent)
    release = freeze(garden.project, seed=5, train=6, test=3, validate=3)
    where = dict(release.members.values_list("sha256", "split"))
    for n in range(12):
        assert where[sha256_for(f"plain {n}")] == where[sha256_for(f"damaged {n}")]
    assert Counter(where.values()) == {"train": 12, "test": 6, "validate": 6}


def test_the_trigger_refuses_a_release_that_leaks(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    images = [garden.plant(label, name=n).image for n in range(2)]
    release = Release.objects.create(
        name="leaky", project=garden.project, seed=1, train=1, test=1, validate=0, software="test"
    )
    for image, split in zip(images, ["train", "test"], strict=True):
        ReleaseMember.objects.create(
            release=release,
            image=image,
            split=split,
            sha256=image.sha256,
            category_index=0,
            category="class-a",
            category_name="Class A",
            source="S",
            source_kind="herbarium",
            licence="CC0-1.0",
            original_name="x.jpg",
            leak_group="one plant",
        )
    release.manifest_sha256 = "0" * 64
    with pytest.raises(IntegrityError, match="group one plant stands in more than one split"):
        release.save()


def test_a_frozen_release_refuses_every_change(release: Release) -> None:
    member = release.members.first()
    assert member is not None

    def add() -> None:
        other = make_image()
        member.pk, member.image, member.sha256 = None, other, other.sha256
        member.save(force_insert=True)

    changes: list[tuple[Any, str]] = [
        (lambda: Release.objects.filter(pk=release.pk).update(seed=8), "frozen"),
        (lambda: release.members.update(split="train"), "append-only"),
        (lambda: release.members.filter(pk=member.pk).delete(), "append-only"),
        (lambda: Release.objects.filter(pk=release.pk)._raw_delete("default"), "frozen"),
        (add, "no member can be added"),
    ]
    for change, message in changes:
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            change()
    assert manifest.sha256_of_lines(manifest.stored_lines(release)) == release.manifest_sha256


def test_even_sources_takes_the_same_from_each(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    for source, n in (("A", 2), ("B", 20), ("C", 20)):
        for number in range(n):
            garden.plant(label, name=f"{source} {number}", source=source)
    release = freeze(garden.project, seed=1, train=6, test=2, validate=2, balance="even-sources")
    assert Counter(release.members.values_list("source", flat=True)) == {"A": 2, "B": 4, "C": 4}


def test_names(garden: Garden) -> None:
    def named(name: str | None) -> Release:
        return freeze(garden.project, seed=1, name=name, train=1, test=1, validate=1)

    assert [named(None).name for _ in range(3)] == ["flora-3-s1", "flora-3-s1-2", "flora-3-s1-3"]
    assert named("spring").name == "spring"
    with pytest.raises(Refused, match="already"):
        named("spring")
    with pytest.raises(Refused, match="only letters"):
        named("../spring")
    with pytest.raises(Refused, match="81 characters"):
        named("a" * 81)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"train": -1}, "train -1"),
        ({"train": 0, "test": 0, "validate": 0}, "all 0"),
        ({"balance": "fair"}, "'fair'"),
        ({"seed": -1}, "seed -1"),
        ({"seed": 2**63}, "seed 9223372036854775808"),
    ],
)
def test_numbers_that_cannot_be(garden: Garden, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        freeze(garden.project, **({"seed": 1} | fields))


def test_a_project_without_classes(db: None) -> None:
    with pytest.raises(Refused, match="no classes"):
        freeze(make_project(0), seed=1)


def test_freezing_asks_the_same_number_of_questions_whatever_the_size(make_garden: MakeGarden) -> None:
    counts = []
    for each in (3, 12):
        garden = make_garden(2)
        for label in garden.classes:
            for _ in range(each):
                garden.plant(label)
        with CaptureQueriesContext(connection) as queries:
            freeze(garden.project, seed=1, train=each - 2, test=1, validate=1)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25

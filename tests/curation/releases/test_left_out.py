"""Every candidate of the project is in the release, or stands beside it with the reason."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from curation.models import Candidate, Licence, Release
from curation.services.balance import Sizes
from curation.services.freeze import freeze
from curation.services.left_out import reason_counts
from curation.services.splits import plan
from tests.curation.releases.conftest import Garden, MakeGarden, sha256_for
from tests.curation.releases.test_splits import picture
from tests.factories import make_candidate, make_image

pytestmark = pytest.mark.django_db


def reasons(release: Release) -> dict[str, tuple[str, str]]:
    return {row.sha256: (row.reason, row.detail) for row in release.left_out.all()}


def check_sum(release: Release) -> None:
    """No candidate is lost, and none stands in both."""
    members = list(release.members.values_list("sha256", flat=True))
    left = list(release.left_out.values_list("sha256", flat=True))
    candidates = Candidate.objects.filter(project=release.project).values_list("image__sha256", flat=True)
    assert sorted(members + left) == sorted(candidates)


def test_each_reason(make_garden: MakeGarden) -> None:
    garden = make_garden(2)
    a, b = garden.classes
    barred = Licence.objects.create(code="CC-BY-ND", version="4.0", title="No derivatives")
    for label in (a, b):
        for n in range(5):
            garden.plant(label, name=f"{label.slug} {n}", source="A")
    for state in ("open", "flagged", "disputed"):
        make_candidate(garden.project, make_image(sha256=sha256_for(state), source="A"), state=state)
    garden.plant(a, name="barred", source="A", licence=barred)
    garden.plant(b, name="elsewhere", source="E")
    # For its source it would be left out, too; the first reason counts.
    garden.plant(b, name="barred elsewhere", source="E", licence=barred)
    held = garden.plant(a, name="held", source="T").image
    garden.plant(b, name="twin", source="A", group=held.group)
    release = freeze(garden.project, seed=1, train=2, validate=1, only_sources=["A", "T"], test_sources=["T"])
    found = reasons(release)
    assert {state: found[sha256_for(state)] for state in ("open", "flagged", "disputed")} == {
        state: ("undecided", state) for state in ("open", "flagged", "disputed")
    }
    assert found[sha256_for("barred")] == found[sha256_for("barred elsewhere")] == ("licence", "")
    assert found[sha256_for("elsewhere")] == ("source", "")
    assert found[sha256_for("twin")] == ("held-out", "test")
    expected = {"undecided": 3, "licence": 2, "source": 1, "held-out": 1, "surplus": 4}
    assert reason_counts(release) == expected
    check_sum(release)
    row = release.left_out.get(sha256=sha256_for("barred"))
    assert (row.category, row.source, row.licence) == ("class-a", "A", "CC-BY-ND-4.0")
    row = release.left_out.get(sha256=sha256_for("open"))
    assert (row.category, row.licence) == ("", "CC-BY-4.0")
    order = list(release.left_out.values_list("sha256", flat=True))
    assert order == sorted(order)


def test_what_was_passed_over_for_its_group(make_garden: MakeGarden) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    for n in range(7):
        garden.plant(label, name=f"big {n}", occurrence_id="one plant")
    for n in range(4):
        garden.plant(label, name=f"single {n}")
    release = freeze(garden.project, seed=1, train=6, test=2, validate=2)
    # All eleven are wanted but one; of the seven only six find room in training.
    assert release.members.count() == 10
    assert list(reasons(release).values()) == [("group", "train")]
    check_sum(release)


def test_left_out_rows_are_as_frozen_as_the_members(garden: Garden) -> None:
    release = freeze(garden.project, seed=1, train=1, test=1, validate=1)
    row = release.left_out.first()
    assert row is not None
    check_sum(release)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        release.left_out.update(reason="group")
    row.pk, row.sha256 = None, sha256_for("late")
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        row.save(force_insert=True)


@given(
    pool=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), max_size=50),
    sizes=st.tuples(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3)),
    balance=st.sampled_from(["random", "even-sources"]),
    seed=st.integers(0, 50),
)
def test_only_pictures_in_groups_are_passed_over(
    pool: list[tuple[int, int]], sizes: tuple[int, int, int], balance: str, seed: int
) -> None:
    pictures = [picture(f"{n}", category, f"g{group}") for n, (category, group) in enumerate(pool)]
    made = plan(pictures, range(2), Sizes(*sizes), balance=balance, seed=seed)
    groups = defaultdict(list)
    for each in pictures:
        groups[each.group].append(each)
    by_sha256 = {each.sha256: each for each in pictures}
    assert not made.passed.keys() & made.splits.keys()
    for sha256, split in made.passed.items():
        group = groups[by_sha256[sha256].group]
        assert len(group) > 1
        assert {made.splits[each.sha256] for each in group if each.sha256 in made.splits} == (
            {split} if split else set()
        )

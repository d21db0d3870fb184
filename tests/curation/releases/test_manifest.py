"""The same pictures and seed give the same manifest, whatever their order and ids."""

from __future__ import annotations

import random

import pytest
from django.db import transaction

from curation.models import Release
from curation.services import manifest
from curation.services.freeze import freeze
from tests.curation.releases.conftest import LICENCES, Garden, MakeGarden, sha256_for
from tests.curation.releases.test_freeze import splits
from tests.factories import make_image

pytestmark = pytest.mark.django_db


def planted(garden: Garden, order: list[tuple[int, int]]) -> None:
    """The same sixty pictures, in the order given."""
    classes = garden.classes
    for category, n in order:
        garden.plant(
            classes[category],
            name=f"{category} {n}",
            source=f"S{n % 4}",
            licence=LICENCES[n % 3],
            original_name=f"{category}/{n}.jpg",
            occurrence_id=f"plant {category} {n // 2}" if n < 8 else "",
            group=sha256_for(f"{category} {n - n % 3}") if n > 15 else sha256_for(f"{category} {n}"),
        )


@pytest.mark.parametrize("balance", ["random", "even-sources"])
def test_the_same_pictures_give_the_same_manifest(make_garden: MakeGarden, balance: str) -> None:
    order = [(category, n) for category in range(3) for n in range(20)]
    hashes = []
    for attempt in range(2):
        # Rolled back in between, so that the same content comes again with other ids.
        with transaction.atomic():
            for _ in range(attempt * 5):
                make_image()
            garden = make_garden(3, key="flora")
            planted(garden, order)
            release = freeze(garden.project, seed=9, train=6, test=2, validate=2, balance=balance)
            assert splits(release).total() == 30
            other = freeze(garden.project, seed=10, train=6, test=2, validate=2, balance=balance)
            hashes.append((release.manifest_sha256, other.manifest_sha256))
            transaction.set_rollback(True)
        random.Random(attempt).shuffle(order)
    assert hashes[0] == hashes[1]
    assert hashes[0][0] != hashes[0][1]


def test_the_manifest_comes_again_from_the_members(release: Release) -> None:
    made = list(manifest.stored_lines(release))
    assert manifest.sha256_of_lines(made) == release.manifest_sha256
    facts, rows = manifest.parse(b"".join(made).decode())
    assert facts["project"] == "flora"
    assert facts["counts"] == {"train": 3, "test": 1, "validate": 1}
    assert [each["slug"] for each in facts["classes"]] == ["class-a", "class-b", "class-c"]
    assert [row.sha256 for row in rows] == sorted(release.members.values_list("sha256", flat=True))
    assert rows[0].rights_holder.startswith("Garden “")

"""Pictures whose hashes are so many bits from a common one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from curation.imaging.hashing import to_signed
from curation.models import Image, User
from tests.factories import make_image, make_user

BASE = 0x0F0F_3355_AACC_1234


def turned(bits: int, start: int = 0) -> int:
    """The common hash with so many bits turned over, from bit `start` on."""
    return BASE ^ (((1 << bits) - 1) << start)


@pytest.fixture
def picture(db: None) -> Callable[..., Image]:
    """`picture(8)` is 8 bits from `picture(0)`; names are a running number, so that 0 comes first."""
    made = 0

    def make(bits: int = 0, start: int = 0, **fields: Any) -> Image:
        nonlocal made
        made += 1
        return make_image(sha256=f"{made:064x}", dhash=to_signed(turned(bits, start)), **fields)

    return make


@pytest.fixture
def lead(db: None) -> User:
    return make_user("lead", username="the-lead-of-groups")


def groups(*images: Image) -> list[int]:
    """The number of the picture that names each one's group (see `picture`)."""
    found = dict(Image.objects.filter(pk__in=[image.pk for image in images]).values_list("pk", "group"))
    return [int(found[image.pk], 16) for image in images]

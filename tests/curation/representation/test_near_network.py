"""Pictures almost alike to a real network, which the hash takes for different."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from curation.imaging.hashing import dhash64, from_signed, hamming, to_signed
from curation.models import Candidate, FeatureSet, Image, Project, User
from curation.services.progress import NullProgress
from curation.services.representation import features
from curation.services.representation.request import request_features
from tests.curation.preclassify.conftest import tiny  # noqa: F401
from tests.curation.representation.alike import names, search
from tests.factories import make_candidate, make_image, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


def _put(project: Project, picture: Pillow.Image, number: int) -> Candidate:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    image = make_image(dhash=to_signed(dhash64(picture)), catalog_number=f"N{number}")
    default_storage.save(image.file_name(Image.Rendition.ORIGINAL), ContentFile(file.getvalue()))
    return make_candidate(project, image)


def test_a_network_finds_what_the_hash_does_not(
    lead: User,
    settings: Any,
    tiny: Any,  # noqa: F811
) -> None:
    project = make_project(2, key="flora")
    random = np.random.default_rng(7)
    # Twelve colours, each with spots of its own.
    drawn = []
    for base in list(itertools.product((40, 128, 216), repeat=3))[1:25:2]:
        spots = (np.array(base) + random.integers(-25, 26, (9, 9, 3))).astype(np.uint8)
        drawn.append(Pillow.fromarray(spots).resize((96, 96), Pillow.Resampling.BICUBIC))
    turned = [one.transpose(Pillow.Transpose.ROTATE_90) for one in drawn[:3]]
    candidates = [_put(project, one, number) for number, one in enumerate([*drawn, *turned])]
    for number in range(3):
        one, other = candidates[number].image, candidates[12 + number].image
        assert hamming(from_signed(one.dhash), from_signed(other.dhash)) > settings.NEAR_BITS
    model = tiny(["Class A", "Class B"])
    job = request_features(project, model, lead)
    features.run(job, NullProgress())
    [found] = FeatureSet.objects.all()
    search(found, lead, 0.016)
    assert {frozenset(pair) for pair in names(found)} == {
        frozenset((f"N{n}", f"N{12 + n}")) for n in range(3)
    }

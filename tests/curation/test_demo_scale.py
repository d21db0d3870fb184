"""A database at full size, in small: rows that could be real ones, true hashes, and goes on where it was."""

from __future__ import annotations

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from curation.models import Candidate, Decision, Image, Vote
from curation.services import demo_scale, demo_scale_files
from curation.services.progress import JobCancelled, NullProgress
from tests.factories import make_image, make_user

pytestmark = pytest.mark.django_db(transaction=True)


class Stops(NullProgress):
    """Told to stop before the third chunk."""

    asked = 0

    def check(self) -> None:
        self.asked += 1
        if self.asked == 3:
            raise JobCancelled


def test_it_goes_on_where_it_was_with_files_that_are_what_they_say(
    monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(demo_scale, "CHUNK", 60)
    for module in (demo_scale, demo_scale_files):
        monkeypatch.setattr(module, "DRAWINGS", 17)
    with pytest.raises(JobCancelled):
        demo_scale.fill(180, Stops())
    assert Image.objects.count() == 120
    out = StringIO()
    call_command("demo_scale", pictures=180, stdout=out)
    assert out.getvalue().startswith("60 pictures in ") and "has 180" in out.getvalue()
    assert Image.objects.count() == Candidate.objects.count() == 180
    candidates = Candidate.objects.filter(project__key="scale")
    states = {state: candidates.filter(state=state).count() for state in ("decided", "disputed", "open")}
    assert sum(states.values()) == 180 and 80 < states["decided"] < 140 and 0 < states["disputed"] < 20
    assert Decision.objects.count() == states["decided"] and Vote.objects.count() > states["decided"]
    assert candidates.filter(prediction__isnull=True).count() == 0
    assert candidates.filter(source=None).count() == 0  # the triggers ran
    for image in Image.objects.order_by("id")[118:122]:
        content = Path(default_storage.path(image.file_name("original"))).read_bytes()
        assert hashlib.sha256(content).hexdigest() == image.sha256 and len(content) == image.bytes
        for rendition in ("original", "review", "dataset", "thumb"):
            with Pillow.open(default_storage.path(image.file_name(rendition))) as picture:
                picture.load()
        with Pillow.open(default_storage.path(image.file_name("original"))) as picture:
            assert picture.size == (image.width, image.height)
    # Guesses add up to one, and the likeliest is the one that is shown.
    prediction = candidates.order_by("id")[7].prediction
    assert prediction is not None and sum(prediction.probabilities) == pytest.approx(1)
    assert prediction.probabilities[prediction.label.index] == max(prediction.probabilities)
    client = Client()
    client.force_login(make_user("lead"))
    assert client.get("/").status_code == 200
    assert client.get(reverse("review", args=["scale"])).status_code == 200


def test_real_pictures_are_not_mixed_with_drawn_rows() -> None:
    make_image()
    with pytest.raises(CommandError, match="pictures that are not drawn"):
        call_command("demo_scale", pictures=10)
    with pytest.raises(CommandError, match="--pictures 0"):
        call_command("demo_scale", pictures=0)
    assert Image.objects.count() == 1

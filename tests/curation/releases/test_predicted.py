"""A release as it is exported is what `python -m inference predict --release` reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.models import Release
from curation.services.export import write_export
from inference.inputs import read_picture
from inference.preprocess import decode_rgb
from inference.releases import FORMATS, release_source

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("form", FORMATS)
def test_each_picture_with_its_class(form: str, release: Release, tmp_path: Path) -> None:
    options = {"shard_pictures": 4} if form == "tfrecord" else {}
    acknowledged = {"acknowledged": True} if form == "dryad" else {}
    write_export(release, form, tmp_path / "out", options=options, **acknowledged)
    for split in (None, "test"):
        members = release.members.filter(split=split) if split else release.members.all()
        source = release_source(tmp_path / "out", split)
        found = list(source.begin(0))
        assert source.pictures == len(found) == members.count()
        assert {one.id: one.truth for one in found} == dict(members.values_list("sha256", "category_name"))
        assert all(decode_rgb(read_picture(one)).shape[2] == 3 for one in found)

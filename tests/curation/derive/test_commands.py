"""manage.py corrupt and manage.py crop."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from curation.models import Batch, Image, Project
from tests.curation.derive.conftest import MakeSheets
from tests.curation.derive.test_crops import LABEL, RULER, lm2

pytestmark = pytest.mark.django_db(transaction=True)


def said(*words: object) -> str:
    out = io.StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def test_corrupt(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(3)
    words = (
        "corrupt",
        "--project",
        "flora",
        "--count",
        3,
        "--seed",
        4,
        "--kind",
        "block",
        "--kind",
        "veiled",
    )
    report = json.loads(said(*words, "--json"))
    assert report["state"] == "done" and report["added"] == 3 and set(report["kinds"]) <= {"block", "veiled"}
    assert Batch.objects.get(pk=report["batch"]).images.count() == 3
    assert "3  made, batch" in said(*words)
    with pytest.raises(CommandError, match="0 can be made"):
        said(*words)
    with pytest.raises(CommandError, match="no project 'none'; there are: flora"):
        said("corrupt", "--project", "none", "--count", 1, "--seed", 1)
    with pytest.raises(CommandError, match="no class 'plain'; there are: ordinary-pressed-specimens"):
        said("corrupt", "--project", "flora", "--count", 1, "--seed", 1, "--from", "plain")


def test_crop(project: Project, make_sheets: MakeSheets, tmp_path: Path) -> None:
    make_sheets(1, original_name="a.jpg")
    path = tmp_path / "found.json"
    path.write_bytes(lm2(a=[LABEL, RULER], absent=[LABEL]))
    printed = said("crop", path, "--project", "flora", "--parts", "label", "--min-side", 32)
    assert (
        printed.split()
        == "1 label 1 made, batch {} 1 not made, named in the report of the batch".format(
            Image.objects.get(made_by="crop").batch_id
        ).split()
    )
    with pytest.raises(CommandError, match=r"none\.json cannot be read: No such file"):
        said("crop", tmp_path / "none.json", "--project", "flora")
    path.write_text("{}")
    with pytest.raises(CommandError, match="no list of detections"):
        said("crop", path, "--project", "flora")

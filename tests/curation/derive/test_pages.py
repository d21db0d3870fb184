"""The pages that make pictures: for admins, errors beside their fields, leading to the report."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from curation.imaging.corruption import KINDS
from curation.models import Batch, Job, Project
from tests.curation.derive.conftest import MakeSheets
from tests.curation.derive.test_crops import LABEL, lm2
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PAGES = ("derive_corruptions", "derive_crops")


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


@pytest.mark.parametrize("name", PAGES)
def test_admins_only(project: Project, name: str) -> None:
    assert signed_in("lead").get(reverse(name)).status_code == 403
    assert signed_in("lead").post(reverse(name)).status_code == 403
    page = signed_in("admin").get(reverse(name)).content.decode()
    assert page.count("<h1") == 1 and "Vasculum</title>" in page


def test_corruptions_lead_to_the_report(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(2)
    fields = {"project": project.pk, "count": 2, "seed": 3, "kinds": ["block", "veiled"]}
    answer = signed_in("admin").post(reverse("derive_corruptions"), fields)
    batch = Batch.objects.get(kind="derived")
    assert answer.status_code == 302 and answer["Location"] == reverse("batch", args=[batch.pk])
    job = Job.objects.get(kind="derive")
    assert job.params["kinds"] == ["block", "veiled"] and job.created_by is not None


def test_corruptions_refused_in_words(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(1)
    client = signed_in("admin")
    fields = {"project": project.pk, "count": 7, "seed": 3, "kinds": KINDS}
    answer = client.post(reverse("derive_corruptions"), fields)
    assert answer.status_code == 400 and "and 6 can be made" in answer.content.decode()
    answer = client.post(reverse("derive_corruptions"), {**fields, "count": 0, "kinds": []})
    assert answer.status_code == 400 and "greater than or equal to 1" in answer.content.decode()
    assert not Job.objects.exists()


def test_crops_lead_to_the_report(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(1, original_name="a.jpg")
    client = signed_in("admin")

    def send(content: bytes, parts: str = "label") -> tuple[int, str]:
        file = SimpleUploadedFile("found.json", content, "application/json")
        fields = {"project": project.pk, "file": file, "parts": parts, "min_side": 32}
        answer = client.post(reverse("derive_crops"), fields)
        return answer.status_code, answer.content.decode()

    status, page = send(b"no json")
    assert status == 400 and "found.json was not taken: it is no JSON: line 1, column 1" in page
    status, page = send(json.dumps({"type": "FeatureCollection"}).encode())
    assert status == 400 and "no list of detections" in page
    status, page = send(lm2(a=[LABEL]), "map")
    assert status == 400 and "holds no map; it holds: label" in page
    assert not Batch.objects.filter(kind="derived").exists()
    assert send(lm2(a=[LABEL]))[0] == 302
    assert Job.objects.get(kind="derive").params["parts"] == ["label"]

"""Every example of docs/api.md, as it stands there, against the live server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from curation.models import Job
from curation.services.jobs import execute
from curation.services.review import NewVote, record_votes
from curation.services.tokens import make_token
from tests.factories import decide, make_candidate, make_image, make_model, make_project, make_user

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
SERVER = "https://vasculum.example.org"


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_every_example_works(
    live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    admin, flora = make_user("admin", username="ada"), make_project(key="flora")
    for label in list(flora.classes.all()) * 3:
        candidate = decide(make_candidate(flora, make_image(source="K")), label, admin)
        default_storage.save(candidate.image.file_name("dataset"), ContentFile(b"jpeg"))
    for _each in range(2):
        make_candidate(flora)
    flag = NewVote(
        id=uuid.uuid4(), candidate=make_candidate(flora).pk, kind="flag", reason="blurred", flag="bad-image"
    )
    record_votes(make_user(username="cora"), [flag])
    make_model([label.name for label in flora.classes.all()])

    def work(pk: int, queue: str) -> bool:
        # Model work only waits, and so does the batch: the picture of the example is none.
        waits = queue != "default" or Job.objects.get(pk=pk).kind == Job.Kind.INGEST
        return True if waits else execute(pk)

    monkeypatch.setattr("curation.services.jobs.requests.dispatch", work)
    _row, token = make_token(admin, "docs", ["read", "review", "curate", "admin"], 1)
    monkeypatch.setenv("VASCULUM_TOKEN", token)
    monkeypatch.chdir(tmp_path)
    real = httpx.Client

    class Here(real):  # type: ignore[misc, valid-type]
        def build_request(self, method: str, url: Any, **more: Any) -> httpx.Request:
            return super().build_request(method, str(url).replace(SERVER, live_server.url), **more)

    monkeypatch.setattr(httpx, "Client", Here)
    known: dict[str, Any] = {}
    blocks = examples("python")
    assert len(blocks) >= 10
    for block in blocks:
        exec(compile(block, str(DOCS), "exec"), known)
    assert known["vasculum"].whoami()["role"] == "admin"
    assert (tmp_path / "picture.jpg").read_bytes() == b"jpeg"
    assert known["export"].state == "done" and known["export"].files
    if shutil.which("curl"):
        for block in examples("sh"):
            words = ["bash", "-c", "set -e; " + block.replace(SERVER, live_server.url)]
            said = subprocess.run(
                words, capture_output=True, text=True, env=os.environ, timeout=20, check=True
            )
            assert '"flora"' in said.stdout

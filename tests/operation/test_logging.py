"""Every line says which request and which job it belongs to: for people, or as one JSON object."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from curation.logging_celery import HEADER
from curation.logging_context import (
    Context,
    JsonFormatter,
    LineFormatter,
    job_id,
    of_process,
    request_id,
)
from curation.models import Job
from curation.services.jobs import create_job, execute
from tests.operation.conftest import manage
from tests.worker import RealWorker, database_address, wait_for


class Lines(logging.Handler):
    """Keeps what a handler of ours would write."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.addFilter(Context())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def json_lines() -> Any:
    handler = Lines(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_request_has_an_id_that_is_passed_on(client: Client, json_lines: Lines) -> None:
    response = client.get("/sign-in/?next=/secret/", headers={"X-Request-ID": "proxy-42"})
    assert response["X-Request-ID"] == "proxy-42"
    [line] = [json.loads(text) for text in json_lines.lines if '"curation.request"' in text]
    assert (line["request_id"], line["method"], line["path"], line["status"]) == (
        "proxy-42",
        "GET",
        "/sign-in/",
        200,
    )
    assert "secret" not in json.dumps(line) and line["ms"] > 0
    # What could forge a line, or fill the log, is not taken over.
    for bad in ("a b", "x" * 65, "\x1b[2J", ""):
        made = client.get("/sign-in/", headers={"X-Request-ID": bad})["X-Request-ID"]
        assert made != bad and len(made) == 32
    json_lines.lines.clear()
    client.get("/healthz")
    assert [text for text in json_lines.lines if "curation.request" in text] == []
    client.get("/no\nsuch\x1b[2J/")
    assert all("\n" not in text and "\x1b" not in text for text in json_lines.lines)
    assert request_id.get() == ""


@pytest.mark.django_db(transaction=True)
def test_lines_of_a_job_name_it(json_lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    def runner(job: Job, progress: Any) -> None:
        logging.getLogger("deep").info("at work")

    monkeypatch.setattr("curation.services.jobs.work.runner_for", lambda kind: runner)
    job = create_job(Job.Kind.GROUP, "Group", params={})
    assert execute(job.pk)
    [line] = [json.loads(text) for text in json_lines.lines if '"deep"' in text]
    assert line["job_id"] == job.pk
    assert job_id.get() is None


def test_threads_of_a_task_and_lines_for_people() -> None:
    handler = Lines(LineFormatter())
    log = logging.getLogger("operation.lines")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    of_process("proxy-7", 12)
    try:
        thread = threading.Thread(target=lambda: log.info("beat"))
        thread.start()
        thread.join()
    finally:
        of_process("", None)
    log.info("after")
    log.removeHandler(handler)
    assert handler.lines[0].endswith("INFO operation.lines [request proxy-7] [job 12] beat")
    assert handler.lines[1].endswith("INFO operation.lines after")


def test_an_error_is_one_json_line() -> None:
    handler = Lines(JsonFormatter())
    log = logging.getLogger("operation.errors")
    log.addHandler(handler)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("It failed:\n%s", "badly")
    log.removeHandler(handler)
    [line] = handler.lines
    found = json.loads(line)
    assert "\n" not in line and found["level"] == "ERROR" and "two\nlines" in found["error"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_says_job_and_request_in_json(
    real_worker: RealWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixture has started the worker with VASCULUM_LOG_FORMAT=json (see `as_json`)."""
    token = request_id.set("page-9")
    try:
        job = create_job("no-such-kind", "Nobody runs this", params={})
    finally:
        request_id.reset(token)
    wait_for(lambda: Job.objects.get(pk=job.pk).state == Job.State.FAILED)

    def failed() -> dict[str, Any] | None:
        for text in real_worker.log.read_text().splitlines():
            if text.startswith("{") and json.loads(text)["message"] == f"Job {job.pk} failed":
                return dict(json.loads(text))
        return None

    line = wait_for(failed)
    assert (line["job_id"], line["request_id"]) == (job.pk, "page-9")
    assert "no runner for jobs of kind" in line["error"]
    plain = [text for text in real_worker.log.read_text().splitlines() if text.startswith("[20")]
    assert plain == []  # none of Celery's own form


@pytest.fixture(autouse=True)
def as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_LOG_FORMAT", "json")


@pytest.mark.django_db
def test_an_unknown_form_stops_the_start(tmp_path: Path) -> None:
    done = manage("check", database=database_address(), var=tmp_path, VASCULUM_LOG_FORMAT="xml")
    assert done.returncode == 1 and "VASCULUM_LOG_FORMAT='xml': expected line or json" in done.stderr
    assert HEADER == "vasculum_request_id"

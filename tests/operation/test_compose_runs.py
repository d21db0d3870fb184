"""The commands and health checks of docker-compose.yml, run as processes in its order, with its environment.

There are no containers here: PostgreSQL, Redis and the bucket are those of the tests, and paths and ports
that the file has for containers are replaced. Each part has a folder of its own, as on a host of its own.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.conf import settings

from tests.browser.site import free_port
from tests.curation.releases.s3_server import KEYS, Server
from tests.machines import bucket_server  # noqa: F401
from tests.worker import REPOSITORY, wait_for

pytestmark = pytest.mark.django_db
SERVICES: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
SECRETS = {
    "POSTGRES_PASSWORD": "p" * 20,
    "REDIS_PASSWORD": "r" * 20,
    "VASCULUM_SECRET_KEY": "k" * 60,
    "VASCULUM_S3_BUCKET": "compose",
}


def spoken(words: str, given: dict[str, str]) -> str:
    """As compose reads it: ${NAME}, ${NAME:-else}, ${NAME:?message} from the file .env; $$ is $."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, sign, other = found["name"], found["sign"], found["other"]
        if not given.get(name) and sign == ":?":
            raise AssertionError(f"{name}: {other}")
        return given.get(name) or other or ""

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?:(?P<sign>:[-?])(?P<other>[^}]*))?\}", one, words)


class Parts:
    """Processes of the parts; `run` one to its end, `start` one, `healthy` asks its health check."""

    def __init__(self, root: Path, database: str, bucket: str) -> None:
        self.root, self.port = root, free_port()
        self.given = SECRETS | {"AWS_S3_ENDPOINT_URL": bucket, **KEYS}
        self.own = {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str) -> dict[str, str]:
        var = self.root / name / "var"
        var.mkdir(parents=True, exist_ok=True)
        asked = SERVICES[name]["environment"]
        found = {
            key: spoken(value, self.given) if value is not None else self.given[key]
            for key, value in asked.items()
            if value is not None or key in self.given
        }
        basic = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        tests = {
            "PYTHONWARNINGS": "ignore",
            "CUDA_VISIBLE_DEVICES": "-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return {
            **basic,
            **found,
            **self.own,
            **tests,
            "VASCULUM_VAR": str(var),
            "HOSTNAME": socket.gethostname(),
            "VASCULUM_KEEP_FREE_MIB": "1",
        }

    def words(self, name: str, words: list[str]) -> list[str]:
        found = [spoken(word, self.given) for word in words]
        found = [
            word.replace("8000", str(self.port)).replace("/tmp/beat", str(self.root / "beat"))
            for word in found
        ]
        return [sys.executable, *found[1:]] if found[0] == "python" else found

    def run(self, name: str) -> str:
        done = subprocess.run(
            self.words(name, self.command(name)),
            cwd=REPOSITORY,
            env=self.environment(name),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def command(self, name: str) -> list[str]:
        """Of the service, else of the image."""
        if "command" in SERVICES[name]:
            return list(SERVICES[name]["command"])
        text = (REPOSITORY / "Dockerfile").read_text().partition("\nCMD ")[2].replace("\\\n", "")
        return list(json.loads(text))

    def start(self, name: str) -> None:
        with (self.root / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self.words(name, self.command(name)),
                cwd=REPOSITORY,
                env=self.environment(name),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def healthy(self, name: str) -> bool:
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        if kind == "CMD-SHELL":
            words = ["sh", "-c", *words]
        log = (self.root / f"{name}.log").read_text()
        assert self.running[name].poll() is None, f"{name} ended: {log[-3000:]}"
        words = [re.sub(r"^python ", f"{sys.executable} ", word) for word in self.words(name, words)]
        done = subprocess.run(
            words, cwd=REPOSITORY, env=self.environment(name), capture_output=True, timeout=120, check=False
        )
        return done.returncode == 0

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def parts(tmp_path: Path, empty_database: str, bucket_server: Server) -> Iterator[Parts]:  # noqa: F811
    made = Parts(tmp_path, empty_database, bucket_server.url)
    yield made
    made.stop()


def test_every_part_runs_and_says_that_it_is_well(parts: Parts) -> None:
    parts.run("bucket")
    parts.run("bucket")  # made once
    said = parts.run("prepare")
    assert "password" in said.lower()
    with psycopg.connect(parts.own["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM curation_user").fetchone() == (1,)
    for name in ("web", "worker", "gpu-worker", "beat"):
        parts.start(name)
    for name in ("web", "beat", "worker", "gpu-worker"):
        wait_for(lambda name=name: parts.healthy(name), 180, pause=0.5)
    # A part that has died is not well any more.
    beat = parts.running.pop("beat")
    beat.kill()
    beat.wait()
    words = SERVICES["beat"]["healthcheck"]["test"][1]
    dead = subprocess.run(
        ["sh", "-c", parts.words("beat", [words])[0]], capture_output=True, timeout=60, check=False
    )
    assert dead.returncode != 0

"""docker-compose.yml: every part there, healthy before it is used, durable, and no secret in the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("prepare", "web", "worker", "gpu-worker", "beat")
S3 = ("VASCULUM_S3_BUCKET", "AWS_S3_ENDPOINT_URL")
# boto3 takes an empty key for a key, and a region that is empty for one.
S3_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION")
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "VASCULUM_SECRET_KEY")


def queues(service: str) -> str:
    command = SERVICES[service]["command"]
    return str(command[command.index("-Q") + 1])


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {*OURS, "db", "redis"}
    assert (queues("worker"), queues("gpu-worker")) == ("default", "gpu")
    assert re.fullmatch(r"postgres:(1[5-9]|[2-9]\d)", SERVICES["db"]["image"])
    assert re.fullmatch(r"redis:7(\.\d+)*", SERVICES["redis"]["image"])
    # A machine without a GPU starts the rest.
    assert SERVICES["gpu-worker"]["profiles"] == ["gpu"]
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["gpu-worker"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"prepare"}))
def test_each_part_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"} and len(check["test"]) > 1
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", OURS)
def test_ours_wait_for_what_they_need(name: str) -> None:
    needed = SERVICES[name]["depends_on"]
    assert needed["db"] == needed["redis"] == {"condition": "service_healthy"}
    if name != "prepare":
        assert needed["prepare"] == {"condition": "service_completed_successfully"}


def test_data_lives_in_named_volumes() -> None:
    used = {name: SERVICES[name].get("volumes", []) for name in SERVICES}
    assert all("data:/var/lib/vasculum" in used[name] for name in OURS)
    assert "VASCULUM_VAR=/var/lib/vasculum" in (ROOT / "Dockerfile").read_text()
    # The image of PostgreSQL 18 keeps its data in a folder of its version under this one.
    assert used["db"] == ["database:/var/lib/postgresql"] and used["redis"] == ["queue:/data"]
    assert set(COMPOSE["volumes"]) == {"data", "database", "queue"}
    assert "--appendonly yes" in " ".join(SERVICES["redis"]["command"])


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_has_no_default(secret: str) -> None:
    found = re.findall(rf"\$\{{{secret}[^}}]*\}}", TEXT)
    assert found and all(one.startswith(f"${{{secret}:?") for one in found)


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if key in S3_KEYS:
                assert value is None, f"{name}: {key}"  # as in the environment, and there only if it is set
            elif re.search("PASSWORD|SECRET|TOKEN|AUTH", key):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {key}"
            if key.endswith("_URL") and key not in S3:
                assert re.search(r"://\w*:\$\{\w+:\?[^}]+\}@", value), f"{name}: {key}"
    assert "POSTGRES_HOST_AUTH_METHOD" not in TEXT


@pytest.mark.parametrize("name", OURS)
def test_pictures_and_exports_may_be_in_a_bucket(name: str) -> None:
    """Empty means files in the volume; the names are those that the settings and boto3 read."""
    environment = SERVICES[name]["environment"]
    assert {key: environment[key] for key in S3} == {key: f"${{{key}:-}}" for key in S3}
    assert [environment[key] for key in S3_KEYS] == [None] * len(S3_KEYS)
    settings = (ROOT / "curation/settings.py").read_text()
    assert all(f'os.environ.get("{key}", "")' in settings for key in S3)
    docs = (ROOT / "docs/releases.md").read_text()
    assert all(f"`{key}`" in docs for key in (*S3, *S3_KEYS) if key != "AWS_SESSION_TOKEN")


def test_only_the_web_server_is_reached_and_from_this_host_only() -> None:
    open_to = {name: service["ports"] for name, service in SERVICES.items() if service.get("ports")}
    assert open_to == {"web": ["127.0.0.1:${VASCULUM_PORT:-8000}:8000"]}


def test_the_image_is_pinned_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == ["FROM python:3.11-slim"]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["vasculum"]
    assert any("pip install -r requirements.txt" in line for line in lines)
    for name in OURS:
        assert "user" not in SERVICES[name] and SERVICES[name]["cap_drop"] == ["ALL"]


def test_what_the_image_copies_is_not_ignored() -> None:
    copied = {
        word
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for word in line.split()[1:-1]
    }
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed

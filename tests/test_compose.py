"""docker-compose.yml: every part there, healthy before it is used, durable, and no secret in the file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("prepare", "web", "worker", "gpu-worker", "beat")
MINIO = ("minio", "bucket-folder", "bucket")
ONCE = {"prepare", "bucket-folder", "bucket"}  # they end by themselves
S3 = ("VASCULUM_S3_BUCKET", "AWS_S3_ENDPOINT_URL")
# boto3 takes an empty key for a key, and a region that is empty for one.
S3_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION")
# Empty unless set. Minio refuses to start without its two (see its entrypoint).
OPTIONAL = (
    "VASCULUM_METRICS_TOKEN",
    "VASCULUM_OIDC_CLIENT_SECRET",
    "MINIO_ROOT_USER",
    "MINIO_ROOT_PASSWORD",
)
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "VASCULUM_SECRET_KEY")


def queues(service: str) -> str:
    command = SERVICES[service]["command"]
    return str(command[command.index("-Q") + 1])


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {*OURS, "db", "redis", *MINIO}
    assert (queues("worker"), queues("gpu-worker")) == ("default", "gpu")
    assert re.fullmatch(r"postgres:(1[5-9]|[2-9]\d)", SERVICES["db"]["image"])
    assert re.fullmatch(r"redis:7(\.\d+)*", SERVICES["redis"]["image"])
    # A machine without a GPU starts the rest.
    assert SERVICES["gpu-worker"]["profiles"] == ["gpu"]
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"gpu-worker": ["gpu"], **{name: ["minio"] for name in MINIO}}
    # What starts without a profile must not wait for what does not.
    for name, service in SERVICES.items():
        if name not in profiles:
            assert not set(service.get("depends_on", {})) & set(profiles)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
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
    assert set(COMPOSE["volumes"]) == {"data", "database", "queue", "bucket"}
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
            elif key in OPTIONAL:
                assert re.fullmatch(r"\$\{\w+:-\}", value), f"{name}: {key}"  # empty: it is off
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


def test_minio_never_starts_with_its_known_keys() -> None:
    """The entrypoint is run by a shell, with `minio` replaced by a word that says it would start."""
    script = SERVICES["minio"]["entrypoint"][2].replace("$$", "$").replace("exec minio", "exec echo minio")
    ours = {"MINIO_ROOT_USER": "someone", "MINIO_ROOT_PASSWORD": "something long"}
    for given in ({}, dict.fromkeys(ours, ""), *({name: value} for name, value in ours.items())):
        done = subprocess.run(["sh", "-c", script], env=given, capture_output=True, text=True, check=False)
        assert done.returncode and "minio server" not in done.stdout and "set AWS_" in done.stderr
    done = subprocess.run(["sh", "-c", script], env=ours, capture_output=True, text=True, check=False)
    assert done.stdout == "minio server /data\n"


def test_nothing_runs_as_root_but_what_hands_a_folder_over() -> None:
    for name in (*OURS, "bucket"):
        assert SERVICES[name]["image"] == "vasculum"  # USER vasculum, see below
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert SERVICES["minio"]["user"] == "10001:10001" and SERVICES["minio"]["cap_drop"] == ["ALL"]
    assert SERVICES["bucket-folder"]["network_mode"] == "none"
    # The official images of PostgreSQL and Redis change to a user of their own when they start.
    assert "user" not in SERVICES["db"] and "user" not in SERVICES["redis"]


def test_the_health_checks_and_commands_name_what_is_there() -> None:
    """No container here: each command is asked for its help, or read, in this environment."""
    assert "/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]
    urls = (ROOT / "curation/urls/home.py").read_text()
    assert 'path("readyz"' in urls and 'path("healthz"' in urls
    for name in ("web", "bucket"):
        words = SERVICES[name]["healthcheck"]["test"][1:] if name == "web" else SERVICES[name]["command"]
        compile(words[-1], name, "exec")
    wanted = {"worker": ("-Q", "-c", "--prefetch-multiplier", "-n"), "beat": ("-s", "--pidfile")}
    for name, options in wanted.items():
        words = [*SERVICES[name]["command"][1:5], name, "--help"]
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        assert all(option in done.stdout for option in options), name
        assert all(any(word.startswith(option) for word in SERVICES[name]["command"]) for option in options)

"""The command line says in one line what is wrong, and its exit status tells usage from failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

import manage
from curation.embedded.places import REPOSITORY
from tests.factories import make_project

BYTES = "G\udce4rten"  # how Python shows the Latin-1 bytes of a shell


@pytest.mark.parametrize(("option", "value"), [("per_class", -1), ("seed", -1), ("short_side", 0)])
def test_demo_takes_sensible_numbers_only(option: str, value: int) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("demo", **{option: value})
    assert caught.value.returncode == 2
    assert f"--{option.replace('_', '-')} {value}" in str(caught.value)


@pytest.mark.django_db
def test_demo_of_classes_that_nobody_can_draw_is_refused_before_it_is_a_job() -> None:
    make_project(key="flora")
    with pytest.raises(CommandError, match="there is no drawing of"):
        call_command("demo", "--project", "flora", "--per-class", "1")


@pytest.mark.parametrize(
    "words",
    [
        ["ingest", ".", "--licence", "CC0", "--source", BYTES],
        ["ingest", ".", "--licence", "CC0", "--source", "A", "--source-name", BYTES],
        ["ingest", ".", "--licence", "CC0", "--source", "A", "--rights-holder", BYTES],
        ["create_project", "flora", "--classes", "x.tsv", "--title", BYTES],
        ["create_project", BYTES, "--classes", "x.tsv", "--title", "Flora"],
    ],
)
def test_text_that_is_no_utf8_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(CommandError, match="is not UTF-8"):
        call_command(*words)


@pytest.mark.django_db
def test_a_path_that_no_disk_can_hold_is_one_line(tmp_path: Path) -> None:
    make_project(key="herbariograph")
    with pytest.raises(CommandError, match="too long"):
        call_command("ingest", str(tmp_path / ("x" * 5000)), "--source", "A", "--licence", "CC0")


@pytest.mark.parametrize("command", ["verify", "draw"])
def test_what_needs_no_database_starts_none(command: str, tmp_path: Path) -> None:
    assert not manage.needs_services([command, str(tmp_path)])


@pytest.mark.django_db
def test_a_missing_table_is_told_from_other_errors() -> None:
    def raised(statement: str) -> Exception:
        with pytest.raises(Exception) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        return caught.value

    assert isinstance(raised("SELECT 1 FROM never_made"), ProgrammingError)
    assert manage.without_tables(raised("SELECT 1 FROM never_made"))
    assert manage.without_tables(raised("SELECT never_made FROM curation_image"))
    assert not manage.without_tables(raised("SELECT 1/0"))


def test_verify_of_nothing_leaves_no_servers_behind(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    environment: dict[str, Any] = {"VASCULUM_VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    words = [sys.executable, "manage.py", "verify", str(tmp_path / "empty")]
    done = subprocess.run(words, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "pg").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://[bad"),
        ("VASCULUM_DEBUG", "perhaps"),
        ("VASCULUM_CLAIM_SECONDS", "soon"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=REPOSITORY,
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {name}") and done.stderr.count("\n") == 1

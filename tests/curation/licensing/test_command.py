"""`manage.py parse_licence`: one line of JSON a text, whatever the bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*words: str | bytes, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # No address of a database that answers: the command must not need one.
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    return subprocess.run(
        [sys.executable, "manage.py", "parse_licence", *words],
        cwd=ROOT,
        input=stdin,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )


def answers(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]


def test_texts_are_read_in_turn() -> None:
    first, second, third = answers(run("CC BY-NC 3.0 NZ", "(c) A", "Atribuição 4.0"))
    assert first == {
        "verbatim": "CC BY-NC 3.0 NZ",
        "code": "CC-BY-NC",
        "version": "3.0",
        "jurisdiction": "nz",
        "verdict": "accept",
        "reason": "It names CC-BY-NC 3.0",
    }
    assert second["verdict"] == "refuse" and second["code"] == ""
    assert third["verbatim"] == "Atribuição 4.0" and third["code"] == "CC-BY"


def test_a_dash_reads_lines() -> None:
    found = answers(run("CC0", "-", stdin=b"CC BY 4.0\r\n\nCC BY\x0bND\n\xff\xfe CC0\nby-nc"))
    assert [one["verbatim"] for one in found] == [
        "CC0",
        "CC BY 4.0",
        "",
        "CC BY\x0bND",
        "\ufffd\ufffd CC0",
        "by-nc",
    ]
    assert [one["code"] for one in found] == ["CC0", "CC-BY", "", "CC-BY-ND", "CC0", "CC-BY-NC"]
    assert found[2]["verdict"] == "refuse"


def test_bytes_that_are_no_text_and_a_long_line_are_read_as_well() -> None:
    assert answers(run(b"CC BY \xff"))[0]["verbatim"] == "CC BY \ufffd"
    assert answers(run("-", stdin=b"x" * 1_000_000 + b"\n"))[0]["verdict"] == "review"
    assert answers(run("-", stdin=b"")) == []


@pytest.mark.parametrize("words", [[], ["--project", "x", "CC0"]])
def test_a_wrong_call_is_told(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2 and b"usage" in done.stderr and not done.stdout

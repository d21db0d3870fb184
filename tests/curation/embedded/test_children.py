"""The command of the web server, which the benchmarks share."""

from __future__ import annotations

import json

import pytest

from curation.embedded import children
from curation.embedded.children import cores, web_words
from curation.embedded.errors import ServiceError
from curation.embedded.places import REPOSITORY


def option(name: str) -> int:
    words = web_words("127.0.0.1", 8000)
    return int(words[words.index(name) + 1])


@pytest.mark.parametrize(("has", "processes", "threads"), [(1, 1, 8), (2, 2, 4), (64, 2, 4)])
def test_two_processes_where_there_are_cores_for_them(
    has: int, processes: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cores() >= 1
    monkeypatch.delenv("VASCULUM_WEB_PROCESSES", raising=False)
    monkeypatch.setattr(children, "cores", lambda: has)
    assert (option("--workers"), option("--blocking-threads")) == (processes, threads)


def test_as_many_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_WEB_PROCESSES", "4")
    assert (option("--workers"), option("--blocking-threads")) == (4, 4)


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_what_is_no_number_of_processes_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_WEB_PROCESSES", value)
    with pytest.raises(ServiceError, match=f"VASCULUM_WEB_PROCESSES='{value}'"):
        option("--workers")


def test_the_image_starts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VASCULUM_WEB_PROCESSES", raising=False)
    monkeypatch.setattr(children, "cores", lambda: 2)
    said = (REPOSITORY / "Dockerfile").read_text().partition("CMD ")[2].replace("\\\n", "")
    assert json.loads(said)[1:] == web_words("0.0.0.0", 8000)[1:]

"""Curators who vote over HTTP as the review page does: a vote keeps its id until a server says what became
of it, and goes to whichever server answers."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.conf import settings
from django.test import Client

from curation.models import Project, User, Vote

logging.getLogger("httpx").setLevel(logging.WARNING)
PAUSE = 0.05  # seconds between two votes, and before a request is repeated


@dataclass
class Curator:
    """`start`, `stop`; then `said` is what a server has taken: vote id -> (candidate, class).

    broken: requests without a usable answer; kinds: what the server itself said was down in them.
    problems: answers that nobody should get.
    """

    user: User
    project: Project
    sites: Sequence[str]
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    broken: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def start(self) -> None:
        browser = Client()
        browser.force_login(self.user)
        self.cookies = {
            settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.CSRF_COOKIE_NAME: "c" * 32,
        }
        self._tab, self._turn = str(uuid.uuid4()), self.user.pk
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, name=self.user.username, daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 60) -> None:
        """Let the vote in hand be saved, then end."""
        self._end.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"{self.user}: a vote could not be saved in {seconds} s"

    def _work(self) -> None:
        with httpx.Client(cookies=self.cookies, headers={"X-CSRFToken": "c" * 32}, timeout=20) as http:
            while not self._end.is_set():
                claims = f"/api/v1/projects/{self.project.key}/claims/"
                found = self._ask(http, claims, {"tab": self._tab, "count": 5, "holding": []})
                for item in found["items"] if found else ():
                    if self._end.is_set():
                        return
                    self._vote(http, item["id"])
                    time.sleep(PAUSE)

    def _vote(self, http: httpx.Client, candidate: int) -> None:
        label = "ABC"[candidate % 3]
        vote = {"id": str(uuid.uuid4()), "candidate": candidate, "kind": "label", "label": label}
        while True:  # also after `stop`: what a person has said is not given up
            found = self._ask(http, "/api/v1/votes/", {"tab": self._tab, "votes": [vote]})
            if found:
                [outcome] = found["outcomes"]
                if outcome["status"] in ("saved", "duplicate"):
                    self.said[str(vote["id"])] = (candidate, label)
                else:
                    self.problems.append(outcome["message"])
                return
            if self.problems:
                return
            time.sleep(PAUSE)

    def _ask(self, http: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        self._turn += 1
        site = self.sites[self._turn % len(self.sites)]
        try:
            response = http.post(site + path, json=body)
        except httpx.HTTPError:
            self.broken += 1
            time.sleep(PAUSE)
            return None
        if response.status_code == 200:
            answer: dict[str, Any] = response.json()
            return answer
        self.broken += 1
        if response.status_code == 503:
            self.kinds[response.json()["type"].rpartition(":")[2]] += 1
        else:
            self.problems.append(f"{path}: {response.status_code} {response.text[:300]}")
            self._end.set()
        time.sleep(PAUSE)
        return None


def check_votes(curators: Sequence[Curator]) -> int:
    """Each vote that a server took is there once, and no other; how many."""
    assert not [problem for one in curators for problem in one.problems]
    said = {vote: (one.user.pk, *what) for one in curators for vote, what in one.said.items()}
    rows = Vote.objects.filter(user__in=[one.user.pk for one in curators]).select_related("label")
    found = {str(row.pk): (row.user_id, row.candidate_id, row.label and row.label.key) for row in rows}
    assert found == said
    return len(said)

"""Several reviewers at once, in processes of their own, some of them killed: nobody holds what another holds.

VASCULUM_STRESS_SECONDS and VASCULUM_STRESS_PROCESSES make it longer and wider.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Q

from curation.models import Candidate, Claim, Decision, Vote
from tests.curation.review.reviewers import Hold, Reviewer
from tests.factories import make_candidate, make_project, make_user

SECONDS = float(os.environ.get("VASCULUM_STRESS_SECONDS", "4"))
PROCESSES = int(os.environ.get("VASCULUM_STRESS_PROCESSES", "20"))
FORK = multiprocessing.get_context("fork")


def review(user: int, project: int, log: Path, seed: int, go: Any) -> None:
    reviewer = Reviewer(user, project, log, seed)
    assert go.wait(60)
    reviewer.work(time.time() + SECONDS)


def run(project: int, users: list[int], folder: Path) -> None:
    """All reviewers at work; every second one is killed half way and comes back in a new tab."""
    connection.close()  # each process opens its own
    go = FORK.Event()  # all begin together, however long twenty of them take to start

    def start(place: int, number: int) -> multiprocessing.process.BaseProcess:
        seed = place + 100 * number
        log = folder / f"{place}.jsonl"
        process = FORK.Process(target=review, args=(users[place], project, log, seed, go), daemon=True)
        process.start()
        return process

    processes = [start(place, 0) for place in range(len(users))]
    go.set()
    time.sleep(SECONDS / 2)
    killed = range(0, len(users), 2)
    for place in killed:  # all of them before the first comes back: starting takes its time
        pid = processes[place].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    for place in killed:
        processes[place].join()
        processes[place] = start(place, 1)
    for process in processes:
        process.join(SECONDS + 30)
        assert process.exitcode == 0


def holds(folder: Path) -> dict[int, list[Hold]]:
    """Candidate -> who held it and when. Prolonged claims are one hold; letting go ends it early."""
    found: dict[tuple[int, int, float], Hold] = {}
    ends: dict[tuple[int, int], list[float]] = defaultdict(list)
    for log in folder.glob("*.jsonl"):
        for line in log.read_text().splitlines():
            if not line.endswith("}"):
                continue  # the last words of one that was killed
            row = json.loads(line)
            if "held" in row:
                hold = Hold(**row["held"])
                known = found.setdefault((hold.candidate, hold.user, hold.since), hold)
                known.until = max(known.until, hold.until)
            else:
                candidate, user, at = row["let_go"]
                ends[candidate, user].append(at)
    by_candidate: dict[int, list[Hold]] = defaultdict(list)
    for hold in found.values():
        after = [at for at in ends[hold.candidate, hold.user] if at >= hold.since]
        hold.until = min([hold.until, *after])
        by_candidate[hold.candidate].append(hold)
    return by_candidate


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("needed", [1, 2])
def test_no_slot_is_ever_in_two_hands(needed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.CLAIM_SECONDS", 1)
    project = make_project(votes_needed=needed)
    # Few pictures for many reviewers: they meet.
    rows = [make_candidate(project) for _ in range(int(12 + 30 * SECONDS))]
    users = [make_user() for _ in range(PROCESSES)]
    run(project.pk, [user.pk for user in users], tmp_path)

    by_candidate = holds(tmp_path)
    assert sum(map(len, by_candidate.values())) > len(rows) / 2, "hardly anything was claimed"
    for candidate, found in by_candidate.items():
        for hold in found:
            at_once = {other.user for other in found if other.since <= hold.since < other.until}
            assert len(at_once) <= needed, f"candidate {candidate} was held by {at_once} at once: {found}"

    slots = Claim.objects.values("candidate").annotate(n=Count("pk")).filter(n__gt=needed)
    assert not slots, "more claims than votes are needed"
    check_the_books(needed)


def check_the_books(needed: int) -> None:
    """Numbers of votes, states and decisions are what the rows of the votes add up to."""
    standing = Count("vote_rows", filter=Q(vote_rows__kind="label", vote_rows__undone_by=None), distinct=True)
    for row in Candidate.objects.annotate(standing=standing).select_related("decision", "label"):
        assert row.votes == row.standing
        assert (row.state == "decided") == (row.decision is not None and row.label is not None)
        story = [(v.kind, v.user_id, v.label_id) for v in row.vote_rows.all()]
        assert (row.state == "open") == (row.votes < needed), story
        decisions = list(Decision.objects.filter(candidate=row).values_list("rule", flat=True))
        # Made, undone, made, undone …
        made = ["undone" if rule == "undone" else "made" for rule in decisions]
        assert made == (["made", "undone"] * len(made))[: len(made)]
        assert needed > 1 or "majority" not in decisions
        assert (len(decisions) % 2 == 1) == (row.state == "decided")
    per_person = Vote.objects.filter(kind="label", undone_by=None).values("candidate", "user")
    assert not per_person.annotate(n=Count("pk")).filter(n__gt=1)

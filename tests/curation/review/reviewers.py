"""A reviewer as a process of its own: claims, votes, undoes, dawdles, and may be killed at any moment."""

from __future__ import annotations

import json
import random
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from curation.models import Claim, Project, User
from curation.services.claims import claim_batch, extend_claims, free_claims
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote


@dataclass
class Hold:
    """A candidate in one person's hands, from and until in seconds of the epoch."""

    candidate: int
    user: int
    since: float
    until: float


class Reviewer:
    def __init__(self, user: int, project: int, log: Path, seed: int) -> None:
        self.user = User.objects.get(pk=user)
        self.project = Project.objects.get(pk=project)
        self.tab = uuid.uuid4()
        self.random = random.Random(seed)
        self.log = log.open("a", buffering=1)
        self.held: dict[int, float] = {}

    def work(self, until: float) -> None:
        while time.time() < until:
            claim_batch(self.user, self.project, self.tab, self.random.randint(1, 4), holding=list(self.held))
            self.note(list(self.held))
            for candidate in list(self.held):
                self.look_at(candidate)
            if self.random.random() < 0.1:
                for candidate in list(self.held):
                    self.let_go(candidate)
                free_claims(self.user, self.tab)

    def note(self, known: list[int]) -> None:
        """Write down what the claims say now: a line for each, with the time it is held to."""
        claims = Claim.objects.filter(user=self.user, tab=self.tab)
        for claim in claims:
            since = claim.claimed_at.timestamp()
            hold = Hold(claim.candidate_id, self.user.pk, since, claim.expires_at.timestamp())
            self.held[claim.candidate_id] = hold.until
            self.log.write(json.dumps({"held": asdict(hold)}) + "\n")

    def let_go(self, candidate: int) -> None:
        del self.held[candidate]
        self.log.write(json.dumps({"let_go": [candidate, self.user.pk, time.time()]}) + "\n")

    def look_at(self, candidate: int) -> None:
        chance = self.random.random()
        if chance < 0.05:
            time.sleep(1.2)  # longer than the claim lives
        elif chance < 0.3:
            for lost in set(self.held) - set(extend_claims(self.user, self.tab, list(self.held))):
                del self.held[lost]
            self.note(list(self.held))
        elif chance < 0.4:
            time.sleep(self.random.random() / 50)
        if candidate not in self.held:
            return
        self.let_go(candidate)
        vote = new_vote(candidate, label=self.random.choice("ABC"))
        (outcome,) = record_votes(self.user, [vote], self.tab)
        if outcome.status == "saved" and self.random.random() < 0.5:
            (undone,) = record_votes(self.user, [new_vote(candidate, "undo", undoes=vote.id)], self.tab)
            if undone.claimed:
                self.note(list(self.held))

"""The making of one soup: score, choose, average, and say what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.errors import ModelError
from training.data.release import ReleaseData
from training.progress import Progress
from training.runs.folder import RunFolder
from training.runs.weights import assign
from training.soup.average import UniformMean
from training.soup.judge import Judge, PictureSet
from training.soup.members import Arrays, Member, as_json, check_same_architecture, sha256_of_member
from training.soup.recipe import (
    PERCENTILE_METHOD,
    Decision,
    Scored,
    greedy,
    keep_best,
    threshold,
    uniform,
)
from training.soup.scores import ScoreBook

SCORES_FILE = "scores.jsonl"


class Kitchen:
    """One soup being made.

    base: the variables of ``model``, which every member must have. held: the data of the split that is held
    back.
    """

    def __init__(
        self,
        run: RunFolder,
        settings: Mapping[str, Any],
        data: ReleaseData,
        held: ReleaseData,
        model: Any,
        base: Arrays,
        progress: Progress,
    ) -> None:
        self.settings = settings
        self.progress = progress
        self.base = base
        self.names = list(base)
        self.book = ScoreBook(run.path / SCORES_FILE)
        self.judge = Judge(model, batch=settings["batch"], check=progress.check)
        self.scored_on = PictureSet(data, settings["split"])
        self.held_on = PictureSet(held, settings["hold"])

    def cook(self, members: list[Member], mean: UniformMean) -> dict[str, Any]:
        """Score, choose, average; the model ends with the soup in it. Returns the report, JSON-ready."""
        settings, progress = self.settings, self.progress
        progress.begin(len(members), "members")
        scored: dict[str, Scored] = {}
        places: dict[str, Member] = {}
        rows = []
        for member in members:
            progress.check()
            arrays = self._read(member)
            sha256 = sha256_of_member(arrays)
            score = self._score(arrays, sha256, self.scored_on)
            progress.log(f"{member.name}: {settings['metric']} {score:.4f} on {settings['split']}")
            progress.advance()
            same = places.get(sha256)
            rows.append(
                {
                    **as_json(member),
                    "weights_sha256": sha256,
                    "score": score,
                    "same_as": None if same is None else same.name,
                }
            )
            places.setdefault(sha256, member)
            scored.setdefault(sha256, Scored(places[sha256].name, sha256, score))
        least = threshold([one.score for one in scored.values()], settings["percentile"])
        kept = keep_best(list(scored.values()), settings["percentile"])
        progress.log(f"{len(kept)} of {len(scored)} members are at or above {least:.4f}")
        progress.begin(len(kept), "candidates")
        decisions = self._choose(kept, places, mean)
        self._enter(rows, kept, decisions)
        soup = dict(zip(self.names, mean.mean(), strict=True))
        sha256 = sha256_of_member(soup)
        report = {
            **{key: settings[key] for key in ("method", "metric", "percentile")},
            "percentile_method": PERCENTILE_METHOD,
            "threshold": least,
            "scored_on": self.scored_on.as_json(),
            "held_on": self.held_on.as_json(),
            "soup": {
                "members": mean.count,
                "weights_sha256": sha256,
                "score": self._score(soup, sha256, self.scored_on),
                "held_score": self._score(soup, sha256, self.held_on),
            },
            "members": rows,
        }
        assign(self.judge.model.variables, soup, "the soup")
        progress.log(f"soup of {mean.count}: {settings['metric']} {report['soup']['score']:.4f}")
        return report

    def _choose(self, kept: list[Scored], places: Mapping[str, Member], mean: UniformMean) -> list[Decision]:
        def weights_of(member: Scored) -> list[Any]:
            arrays = self._read(places[member.sha256])
            if sha256_of_member(arrays) != member.sha256:
                raise ModelError(f"member {member.name} was changed while the soup was made")
            return list(arrays.values())

        def score(weights: Any) -> float:
            arrays = dict(zip(self.names, weights, strict=True))
            found = self._score(arrays, sha256_of_member(arrays), self.held_on)
            self.progress.advance()
            return found

        if self.settings["method"] == "greedy":
            return greedy(kept, weights_of, score, mean)
        uniform(kept, weights_of, mean)
        return []

    def _read(self, member: Member) -> Arrays:
        arrays = member.read()
        check_same_architecture(self.base, arrays, f"member {member.name}", "the model of the soup")
        return arrays

    def _score(self, arrays: Arrays, sha256: str, pictures: PictureSet) -> float:
        metric = self.settings["metric"]
        return self.book.score(
            f"{metric} {pictures.key}", sha256, lambda: self.judge.score(arrays, pictures, metric)
        )

    def _enter(self, rows: list[dict[str, Any]], kept: list[Scored], decisions: list[Decision]) -> None:
        """Into the rows of members: their place in the order, and what became of them."""
        order = {one.sha256: place for place, one in enumerate(kept, start=1)}
        decided = {one.member.sha256: one for one in decisions}
        for row in rows:
            sha256 = row["weights_sha256"] if row["same_as"] is None else ""
            decision = decided.get(sha256)
            row["kept"] = sha256 in order
            row["place"] = order.get(sha256)
            row["held_score_with_it"] = None if decision is None else decision.score
            row["accepted"] = decision.accepted if decision else sha256 in order and not decisions

"""Which members go into a soup, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.soup.average import UniformMean, Weights

PERCENTILE_METHOD: Final = "linear"


@dataclass(frozen=True)
class Scored:
    """A member and its score. name: what it is called in reports; sha256: of its weights."""

    name: str
    sha256: str
    score: float


@dataclass(frozen=True)
class Decision:
    """What became of one member: the score of the soup with it, on the held-back set."""

    member: Scored
    score: float
    accepted: bool


def threshold(scores: Sequence[float], percentile: float) -> float:
    """The score at a percentile, 0-100, interpolated between neighbours: numpy's method "linear"."""
    return float(np.percentile(scores, percentile, method=PERCENTILE_METHOD))


def keep_best(members: Sequence[Scored], percentile: float) -> list[Scored]:
    """Members with scores at or above the percentile of all, best first.

    Members with equal scores come in the order of their SHA-256, so that it makes no difference in which
    order they were listed. There is always at least one: no percentile is above the best score.
    """
    least = threshold([one.score for one in members], percentile)
    kept = [one for one in members if one.score >= least]
    return sorted(kept, key=lambda one: (-one.score, one.sha256))


def greedy(
    members: Sequence[Scored],
    weights_of: Callable[[Scored], Weights],
    score: Callable[[Weights], float],
    mean: UniformMean,
) -> list[Decision]:
    """Try the members in their order; one is accepted when the score of the mean with it does not drop.

    ``mean`` takes those accepted. The first is always accepted. Higher scores are better.
    """
    best = -np.inf
    decisions = []
    for member in members:
        weights = weights_of(member)
        trial = score(mean.mean_with(weights))
        accepted = trial >= best
        if accepted:
            mean.add(weights)
            best = trial
        decisions.append(Decision(member, trial, bool(accepted)))
    return decisions


def uniform(members: Sequence[Scored], weights_of: Callable[[Scored], Weights], mean: UniformMean) -> None:
    """Have ``mean`` take all members."""
    for member in members:
        mean.add(weights_of(member))

"""Percent agreement, Cohen's and Fleiss' kappa, Krippendorff's alpha. None where a figure is not defined.

The point estimates of kappa are those of scikit-learn and statsmodels. Alpha, and the closed forms of the
others for the bootstrap, stand in curation.agreement.closed; tests hold them equal to the libraries and to
published examples.
"""

from __future__ import annotations

import numpy as np

from curation.agreement import closed
from curation.agreement.counts import Counts, Patterns


def percent(found: Patterns) -> float | None:
    """The part of pairs of judgements on one unit that name the same value."""
    return closed.one(closed.percent(found.rows, found.times[None, :]))


def alpha(found: Patterns) -> float | None:
    """Krippendorff's alpha for nominal data: any number of judges, gaps allowed (Krippendorff 2011).

    None where everybody names one value: nothing could have disagreed.
    """
    return closed.one(closed.alpha(found.rows, found.times[None, :]))


def same_size(found: Patterns) -> tuple[int, Patterns]:
    """The commonest number of judgements and the units that have it: Fleiss' kappa wants them alike."""
    if not found.units:
        return 0, found
    sizes = found.rows.sum(axis=1)
    size = int(np.argmax(np.bincount(sizes, weights=found.times)))
    chosen = sizes == size
    return size, Patterns(found.rows[chosen], found.times[chosen])


def fleiss(found: Patterns) -> float | None:
    """Fleiss' kappa (Fleiss 1971) of units that were all judged equally often."""
    from statsmodels.stats.inter_rater import fleiss_kappa

    if (found.rows.sum(axis=0) > 0).sum() < 2:
        return None
    return float(fleiss_kappa(np.repeat(found.rows, found.times, axis=0), method="fleiss"))


def cohen(confusion: Counts) -> float | None:
    """Cohen's kappa (Cohen 1960) of two judges, from their confusion matrix."""
    from sklearn.metrics import cohen_kappa_score

    said, other = np.nonzero(confusion)
    if len(np.union1d(said, other)) < 2:
        return None
    return float(cohen_kappa_score(said, other, sample_weight=confusion[said, other]))

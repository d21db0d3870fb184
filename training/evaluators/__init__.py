"""Evaluators: what is said of a model's logits on a split. numpy only; TensorFlow is not needed.

Each takes a :class:`Scored` and its options and returns what JSON can hold. Numbers are shares from 0 to 1;
None is what cannot be said (the recall of a class without pictures).
"""

from collections.abc import Callable, Mapping
from typing import Any

from training.evaluators.aucpr import aucpr
from training.evaluators.bootstrap import bootstrap
from training.evaluators.calibration import calibration
from training.evaluators.classification import classification
from training.evaluators.coverage import coverage
from training.evaluators.groups import groups
from training.evaluators.scored import Scored

__all__ = ["EVALUATORS", "Scored"]

EVALUATORS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "classification": classification,
    "aucpr": aucpr,
    "calibration": calibration,
    "coverage": coverage,
    "groups": groups,
    "bootstrap": bootstrap,
}

"""Give a classifier the encoder of another: weights go from layer to layer of the same name.

So the encoder of a distilled network with 21,000 outputs at 224 px comes into a classifier with 17 at 96 px:
convolutions and norms don't depend on the size of the picture, and only the last layer on the classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.errors import ModelError

if TYPE_CHECKING:
    from training.backend import keras

# What may differ without a change in what a trained layer computes at prediction.
_IGNORED = ("name", "trainable", "dtype", "seed", "rate", "stddev", "initial", "l2", "units", "batch_shape")
_IGNORED_ENDINGS = ("_initializer", "_regularizer", "_constraint")
_HEAD = "the classifier's last layer: its outputs are other classes"


@dataclass(frozen=True)
class TransplantReport:
    """What became of each layer, by name, in the order of the network.

    taken: got the encoder's weights. fresh: kept its own, ``reasons`` says why. refused: has the encoder's
    name but weights of other shapes, with these; it kept its own too. unused: the encoder's layers whose
    weights went nowhere, with the reason. differs: layers of one name that compute otherwise, with the
    settings that differ (an activation, the scaling of pixels): they fit, but may not do what they learned.
    """

    taken: list[str]
    fresh: list[str]
    refused: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)


def transplant(encoder: keras.Model, into: keras.Model, *, head: bool = False) -> TransplantReport:
    """Put the weights of ``encoder`` into the layers of ``into`` that have the same names and shapes.

    The last layer with weights is the head; it stays as it is, because its outputs mean the classes of its
    own model. With ``head`` it is taken too, which is right only for the same classes in the same order.
    ``into`` is changed once everything is known to fit; ``encoder`` never is.

    Raises ModelError, with ``into`` as it was, when no layer matches or a weight is not a finite number.
    """
    report, values = _plan(encoder, into, head=head)
    for name, arrays in values.items():
        into.get_layer(name).set_weights(arrays)
    return report


def _plan(
    encoder: Any, into: Any, *, head: bool
) -> tuple[TransplantReport, dict[str, list[np.ndarray[Any, Any]]]]:
    given = {layer.name: layer for layer in encoder.layers if layer.weights}
    receiving = {layer.name: layer for layer in into.layers if layer.weights}
    last = next(reversed(receiving), None)
    report = TransplantReport([], [], {})
    values: dict[str, list[np.ndarray[Any, Any]]] = {}
    for name, layer in receiving.items():
        origin = given.get(name)
        if name == last and not head:
            report.fresh.append(name)
            report.reasons[name] = _HEAD
        elif origin is None:
            report.fresh.append(name)
            report.reasons[name] = "the encoder has no layer of this name"
        elif reason := _misfit(origin, layer):
            report.refused[name] = reason
        else:
            report.taken.append(name)
            values[name] = _finite(origin)
    for name in given:
        if name not in report.taken:
            report.unused[name] = report.reasons.get(name) or report.refused.get(
                name, "the classifier has no layer of this name"
            )
    report.differs.update(_differences(encoder, into, report))
    if not values:
        raise ModelError(_nothing(encoder, into, report))
    return report, values


def _misfit(origin: Any, layer: Any) -> str | None:
    if type(origin) is not type(layer):
        return f"must be a {type(layer).__name__}, got a {type(origin).__name__}"
    wanted = [tuple(weight.shape) for weight in layer.weights]
    found = [tuple(weight.shape) for weight in origin.weights]
    return None if wanted == found else f"weights must have the shapes {wanted}, got {found}"


def _finite(origin: Any) -> list[np.ndarray[Any, Any]]:
    values: list[np.ndarray[Any, Any]] = origin.get_weights()
    for weight, value in zip(origin.weights, values, strict=True):
        if not np.isfinite(value).all():
            bad = value[~np.isfinite(value)].flat[0]
            raise ModelError(f"the encoder's weight {weight.path} must be finite numbers, got {bad}")
    return values


def _differences(encoder: Any, into: Any, report: TransplantReport) -> dict[str, str]:
    """Settings that differ between taken layers, and between layers without weights, of one name."""
    found: dict[str, str] = {}
    given = {layer.name: layer for layer in encoder.layers}
    for layer in into.layers:
        if layer.name in given and (layer.name in report.taken or not layer.weights):
            here, there = layer.get_config(), given[layer.name].get_config()
            changes = [
                f"{key} {there.get(key)!r} in the encoder, {here[key]!r} here"
                for key in here
                if key not in _IGNORED and not key.endswith(_IGNORED_ENDINGS) and here[key] != there.get(key)
            ]
            if changes:
                found[layer.name] = "; ".join(changes)
    return found


def _nothing(encoder: Any, into: Any, report: TransplantReport) -> str:
    message = f"nothing in {encoder.name} fits into {into.name}: no layer has the same name and shapes"
    if report.refused:
        name, reason = next(iter(report.refused.items()))
        return f"{message}; {len(report.refused)} have the name only, {name} first: {reason}"
    return message

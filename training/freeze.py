"""Which layers of a network are trained."""

from __future__ import annotations

from typing import Any

from inference.errors import ModelError


def unfreeze_after(model: Any, boundary: str) -> list[str]:
    """Train the layers after a boundary and no others; the names of those that have weights.

    model: functional. boundary: the name of a layer, itself not trained; "" for all layers. Raises ModelError
    for a name that is none, listing those there are, and where nothing would be trained.
    """
    names = [layer.name for layer in model.layers]
    if boundary and boundary not in names:
        raise ModelError(
            f"unfreeze_after must be a layer of the model, got {boundary!r}; its layers: {', '.join(names)}"
        )
    first = names.index(boundary) + 1 if boundary else 0
    model.trainable = True  # layers inside layers, too
    for place, layer in enumerate(model.layers):
        layer.trainable = place >= first
    trained = [layer.name for layer in model.layers[first:] if layer.trainable_variables]
    if not trained:
        raise ModelError(f"unfreeze_after {boundary!r} leaves no layer with weights to train")
    return trained


def batch_statistics(model: Any) -> list[str]:
    """Layers that keep statistics of batches; where they are frozen, Keras uses the stored ones."""
    return [layer.name for layer in model.layers if type(layer).__name__ == "BatchNormalization"]

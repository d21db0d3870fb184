"""What the channels of a feature layer answer to: the most variable ones, the pictures at both their ends,
and where in a picture one is active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from inference.files import whole_file
from training.representation.blocks import Blocks, Rows
from training.representation.rows import feature_blocks

# Dark violet over red to light yellow: rising in lightness, so that it reads without colours, too.
_RAMP = np.array([[13, 8, 35], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], np.float32)


@dataclass(frozen=True)
class Channel:
    """highest, lowest: (id, value), the farthest out first."""

    channel: int
    variance: float
    mean: float
    highest: tuple[tuple[str, float], ...]
    lowest: tuple[tuple[str, float], ...]


def variable_channels(
    features: ArrayLike | Blocks, ids: Sequence[str], *, k: int = 8, examples: int = 5
) -> list[Channel]:
    """The k channels of the largest variance, the largest first; of equal ones the lower number.

    features: (N, D), ids one a row; they are read in blocks. Equal pictures are in the order of their ids.
    Raises ValueError as rows.feature_blocks does.
    """
    if k < 1 or examples < 1:
        raise ValueError(f"k and examples must be at least 1, got {k} and {examples}")
    blocks = feature_blocks(features, ids)
    # The mean first and the variance around it, in float64.
    mean = sum(block.sum(axis=0, dtype=np.float64) for _, block in blocks.each()) / len(blocks)
    variance = sum(np.square(block - mean).sum(axis=0) for _, block in blocks.each()) / len(blocks)
    most = np.argsort(-variance, kind="stable")[:k]
    values = np.concatenate([block[:, most] for _, block in blocks.each()])
    return [
        Channel(
            channel,
            float(variance[channel]),
            float(mean[channel]),
            tuple((id, -value) for value, id in _smallest(-column, ids, examples)),
            tuple((id, value) for value, id in _smallest(column, ids, examples)),
        )
        for channel, column in zip(most.tolist(), values.T, strict=True)
    ]


def _smallest(values: Rows, ids: Sequence[str], count: int) -> list[tuple[float, str]]:
    return nsmallest(count, zip(values.tolist(), ids, strict=True))


def activation_map(
    model: Any, picture: ArrayLike, channel: int, *, layer: str | None = None
) -> NDArray[np.float32]:
    """Where a picture (H, W, 3), as the model takes it, activates a channel: (h, w) float32.

    layer: whose output (N, h, w, C) is taken; None is the last such map before one that is none, which a
    network with global pooling pools its features from, channel by channel. Raises ValueError where the model
    has no such map or channel.
    """
    from training.backend import keras

    tensor = _last_map(model) if layer is None else _map_of(model, layer)
    if not 0 <= channel < tensor.shape[-1]:
        raise ValueError(f"channel must be 0 to {tensor.shape[-1] - 1}, got {channel}")
    values = np.asarray(picture, np.float32)
    if values.ndim != 3:
        raise ValueError(f"picture must have the shape (height, width, 3), got {values.shape}")
    part = keras.Model(model.inputs[0], tensor)
    found = keras.ops.convert_to_numpy(part(values[None], training=False))
    return np.asarray(found[0, :, :, channel], np.float32)


def overlay(picture: ArrayLike, activation: ArrayLike, *, strength: float = 0.6) -> Image.Image:
    """The map over the picture (H, W, 3, 0-255), upsampled bilinearly: the more active, the lighter and the
    less of the picture is seen. Scaled from its smallest to its largest value; a constant map shows nothing.
    """
    base = np.clip(np.asarray(picture, np.float32), 0, 255)
    values = np.asarray(activation, np.float32)
    if base.ndim != 3 or base.shape[2] != 3 or values.ndim != 2:
        raise ValueError(
            f"picture and activation must have the shapes (H, W, 3) and (h, w), "
            f"got {base.shape} and {values.shape}"
        )
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be 0 to 1, got {strength}")
    size = (base.shape[1], base.shape[0])
    large = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR), np.float32)
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return Image.fromarray(base.round().astype(np.uint8))
    share = np.clip((large - low) / (high - low), 0, 1)
    stops = np.linspace(0, 1, len(_RAMP))
    colour = np.stack([np.interp(share, stops, _RAMP[:, each]) for each in range(3)], axis=-1)
    weight = (strength * share)[..., None]
    return Image.fromarray((base * (1 - weight) + colour * weight).round().astype(np.uint8))


def save_overlay(
    path: Path, model: Any, picture: ArrayLike, channel: int, *, layer: str | None = None
) -> Path:
    """Write the overlay of one channel on one picture as PNG."""
    image = overlay(picture, activation_map(model, picture, channel, layer=layer))
    with whole_file(path) as temporary:
        image.save(temporary, format="PNG", optimize=True)
    return path


def _last_map(model: Any) -> Any:
    """What the last layer with a map as input and none as output takes: that of a network within the model,
    too, whose own tensors are not those of the model."""
    for layer in reversed(model.layers):
        taken, given = _tensor(model, layer, "input"), _tensor(model, layer, "output")
        if taken is not None and len(taken.shape) == 4 and given is not None and len(given.shape) != 4:
            return taken
    last = model.outputs[0]
    if len(last.shape) == 4:
        return last
    raise ValueError(
        f"model {model.name!r} must have a layer that makes features of a map (N, h, w, C); name a layer"
    )


def _map_of(model: Any, name: str) -> Any:
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise ValueError(f"layer must be one of the model ({', '.join(names)}), got {name!r}")
    tensor = _tensor(model, model.get_layer(name), "output")
    if tensor is None or len(tensor.shape) != 4:
        raise ValueError(f"layer {name!r} must give a map (N, h, w, C)")
    return tensor


def _tensor(model: Any, layer: Any, side: str) -> Any:
    """The one tensor at a side of a layer where the model calls it; None for several, or none.

    Not `layer.input`: of a network that is a layer these are its own ends, and of a layer that two models
    share those of the first.
    """
    graph = getattr(model, "_functional", None) or model  # a Sequential keeps its graph in there
    calls = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    nodes = [node for node in layer._inbound_nodes if id(node) in calls]
    if not nodes:
        return None
    found = nodes[-1].input_tensors if side == "input" else nodes[-1].output_tensors
    return found[0] if len(found) == 1 else None

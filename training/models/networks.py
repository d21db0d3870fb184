"""Networks that a configuration chooses by name: {"name": "cnn", "filters": [16, 32]}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.choices import NETWORKS
from training.named import chosen

if TYPE_CHECKING:
    from training.backend import keras


def build_network(config: Mapping[str, Any], classes: int, image_size: int, *, seed: int) -> keras.Model:
    """An untrained network that turns RGB pictures (0-255) into logits.

    config: name and options, see ``NETWORKS``. Raises ValueError naming the option, the rule and the value.
    """
    options = chosen("network", config, NETWORKS)
    name = options.pop("name")
    if name == "cnn":
        from training.models.cnn import build_cnn

        return build_cnn(classes, image_size, seed=seed, **options)
    from training.models.convnext import build_convnext

    return build_convnext(classes, image_size, seed=seed, **options)

"""Layers that Keras does not have. Importing this package is what lets Keras load models with them."""

from training.models.layers.layer_scale import LayerScale
from training.models.layers.squeeze_excitation import SqueezeExcitation
from training.models.layers.stochastic_depth import StochasticDepth

__all__ = ["LayerScale", "SqueezeExcitation", "StochasticDepth"]

"""Features of pictures: made once per model and picture, kept, and read back."""

from training.representation.features.store import FeatureError, FeatureStore

__all__ = ["FeatureError", "FeatureStore"]

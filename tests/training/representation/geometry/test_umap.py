"""The map parts planted classes and is the same twice. UMAP is compiled at its first use: seconds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation.geometry.umap import COMPONENTS, _components, embed


def test_map_of_planted_classes() -> None:
    features, labels = planted_features(3, 30, 60, 0.3, seed=7)
    held = features[:15] + np.float32(0.01)
    first = embed(features[15:], {"held": held, "none": features[:0]}, epochs=60)
    again = embed(features[15:], {"held": held, "none": features[:0]}, epochs=60)
    assert first.fitted.dtype == np.float32 and first.fitted.shape == (75, 2)
    assert (first.fitted == again.fitted).all() and (first.others["held"] == again.others["held"]).all()
    assert first.others["none"].shape == (0, 2)
    centres = np.stack([first.fitted[labels[15:] == each].mean(axis=0) for each in range(3)])

    def nearest(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)

    assert (nearest(first.fitted) == labels[15:]).all()
    assert (nearest(first.others["held"]) == labels[:15]).all()
    assert first.facts["neighbours"] == 15 and first.facts["cores"] == 1 and first.facts["components"] is None
    cheaper = embed(features[:, :55], cheaper=True, epochs=30)
    assert cheaper.facts["components"] == 50 and 0.9 < cheaper.facts["variance_kept"] < 1
    assert not (embed(features[15:], epochs=60, seed=1).fitted == first.fitted).all()


def test_components_are_those_of_the_set_fitted_on() -> None:
    features, _ = planted_features(3, 30, 60, 0.3, seed=7)
    reduced, rest, kept = _components(features[:60], {"held": features[:5], "none": features[:0]}, 89)
    centred = (features[:60] - features[:60].mean(axis=0)).astype(np.float64)
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    assert reduced.shape == (60, COMPONENTS) and rest["none"].shape == (0, COMPONENTS)
    assert reduced.astype(np.float64).var(axis=0) * 60 == pytest.approx(values[:COMPONENTS], rel=1e-3)
    assert rest["held"] == pytest.approx(reduced[:5], abs=1e-4)
    assert kept == pytest.approx(values[:COMPONENTS].sum() / values.sum(), abs=1e-5)


def test_what_cannot_be_mapped_is_said() -> None:
    features, _ = planted_features(2, 4, 3, 0.2, seed=1)
    with pytest.raises(ValueError, match="at least 5 rows, got 4"):
        embed(features[:4])
    with pytest.raises(ValueError, match="all 8 are the same"):
        embed(np.ones((8, 3)))
    with pytest.raises(ValueError, match=r"held must have the shape \(rows, 3\)"):
        embed(features, {"held": features[:, :2]})
    with pytest.raises(ValueError, match="min_dist must be 0 to 1, got 2"):
        embed(features, min_dist=2)

"""A small drawn collection, a sample of it, and settings of a network that takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.representation.planted import make_half_earth
from training.representation.catalogue import open_catalogue
from training.representation.sampling import sample


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_half_earth(tmp_path_factory.mktemp("half-earth"), genera=3, per_species=24)


@pytest.fixture(scope="session")
def tiny(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sample")
    sample(open_catalogue(collection)).write(folder)
    return {
        "data": str(folder),
        "catalogue": str(collection),
        "image_size": 32,
        "load_size": 40,
        "filters": [64, 8],
        "blocks": [1, 1],
        "latent": 16,
        "batch": 8,
        "epochs": 2,
        "learning_rate": 2e-3,
    }

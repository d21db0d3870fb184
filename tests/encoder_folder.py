"""The folder of an encoder as training leaves it, made without any: its network is a few bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inference.files import sha256_of
from inference.preprocess import make_preprocessing
from training.representation.encoders.folder import DESCRIPTION_FILE, FORMAT, KERAS_FILE, VERSION


def write_encoder(folder: Path, name: str = "eye", **facts: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KERAS_FILE).write_bytes(f"network of {name}".encode())
    told = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "kind": "triplet",
        "dimension": 8,
        "image_size": 32,
        "parameters": 1234,
        "preprocessing": make_preprocessing(32).describe(),
        "sha256": sha256_of(folder / KERAS_FILE),
        "licence": "MIT",
        "trained_on": {"level": "genus", "epochs": 2},
        "metrics": {"validate_loss": 0.25, "validate_right": 0.75},
    }
    (folder / DESCRIPTION_FILE).write_text(json.dumps(told | facts))
    (folder / "README.md").write_text(f"# {name}\n\nA network that gives 8 features of a picture.\n")
    return folder

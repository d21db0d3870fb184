"""Features and pictures with a structure that is known, for tests. The same arguments give the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.training.drawn import picture

GENERA = ("Acer", "Betula", "Carex", "Drosera", "Erica", "Ficus", "Galium", "Hedera")
EPITHETS = ("alba", "borealis", "montana", "nigra", "palustris", "repens", "rubra", "vulgaris")
INSTITUTIONS = ("NY", "AK", "BRI", "BPBM", "L")


def planted_features(
    classes: int, per_class: int, dimension: int, spread: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Points around one centre a class, shuffled: features (classes x per_class, dimension) and labels.

    The centres are drawn with a standard deviation of 1 in each dimension, the points around them with
    `spread`: with 0.2 and a dozen dimensions no class touches another, with 5 they are one cloud.
    """
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, dimension))
    labels = random.permutation(np.repeat(np.arange(classes), per_class))
    points = centres[labels] + spread * random.normal(size=(len(labels), dimension))
    return points.astype(np.float32), labels.astype(np.int64)


def make_half_earth(
    folder: Path,
    genera: int = 4,
    species: int = 2,
    per_species: int = 6,
    institutions: int = 3,
    seed: int = 0,
    size: int = 32,
) -> Path:
    """Write a set in the layout of the Half-Earth challenge into `folder` (made if absent) and return it.

    Pictures of a genus share colour and shape. The even ones of a species are of NY, the odd ones of the
    other institutions in turn. Two genera make a family; the first half of them is one order, the rest
    another.
    """
    random = np.random.default_rng(seed)
    names = [GENERA[each] if each < len(GENERA) else f"Novum{each}" for each in range(genera)]
    categories, images, annotations = [], [], []
    for genus, name in enumerate(names):
        for kind in range(species):
            epithet = EPITHETS[kind] if kind < len(EPITHETS) else "ultima" + "a" * kind
            category = len(categories)
            categories.append(
                {
                    "id": category,
                    "name": f"{name} {epithet}",
                    "family": f"{names[genus // 2 * 2]}aceae",
                    "order": f"{names[0 if genus < (genera + 1) // 2 else (genera + 1) // 2]}ales",
                }
            )
            for number in range(per_species):
                key = len(images)
                file = f"images/{category:03d}/{number:02d}/{key}.jpg"
                away = 1 + number // 2 % (institutions - 1) if institutions > 1 else 0
                images.append({"id": key, "file_name": file, "width": size, "height": size, "license": 0})
                annotations.append(
                    {
                        "id": key,
                        "image_id": key,
                        "category_id": category,
                        "institution_id": away if number % 2 else 0,
                    }
                )
                path = folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture(genus, genera, size, size, random)).save(path, quality=90)
    found = {
        "info": {"description": "Drawn pictures", "year": 2026},
        "images": images,
        "annotations": annotations,
        "categories": categories,
        "institutions": [{"id": n, "name": INSTITUTIONS[n]} for n in range(institutions)],
        "licenses": [{"id": 0, "name": "CC0"}],
    }
    (folder / "metadata.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return folder

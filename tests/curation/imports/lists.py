"""Lists for tests: written as collections send them, received as deliveries."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from curation.models import Batch
from curation.services import deliveries

CC_BY = "http://creativecommons.org/licenses/by/4.0/"
HEADER = ["occurrenceID", "institutionCode", "collectionCode", "scientificName", "url", "license"]


def address(n: int, host: str = "pictures.example.org") -> str:
    return f"http://{host}/{n}.jpg"


def row(n: int, **fields: str) -> dict[str, str]:
    """Row `n`: an address of its own under CC BY 4.0, from institution I, unless `fields` says otherwise."""
    usual = {
        "occurrenceID": f"occurrence-{n}",
        "institutionCode": "I",
        "collectionCode": "C",
        "scientificName": "Poa annua L.",
        "url": address(n),
        "license": CC_BY,
    }
    return usual | fields


def write_list(folder: Path, rows: Iterable[Mapping[str, str]], name: str = "list.tsv") -> Path:
    rows = list(rows)
    header = list(rows[0]) if rows else HEADER
    lines = ["\t".join(header), *("\t".join(each[column] for column in header) for each in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bring_in(path: Path, **fields: Any) -> Batch:
    """Received and imported, nothing fetched."""
    batch = deliveries.receive(path, **fields)
    deliveries.start(batch)
    deliveries.bring_in(batch)
    batch.refresh_from_db()
    return batch


def jpeg(seed: int, side: int = 240) -> bytes:
    """A photograph-like JPEG, another one for each seed, near none of the others."""
    rough = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(rough).resize((side, side + 40), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()

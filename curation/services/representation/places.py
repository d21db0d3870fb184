"""Where features lie, and the files that pages read: arrays to be mapped into memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from curation.errors import Refused
from curation.models import FeatureSet
from curation.services import folders

POINT = np.dtype([("x", "<f4"), ("y", "<f4"), ("id", "<u4")])  # 12 bytes a picture, as map.js reads them
STORE = ("store.json", "ids.tsv", "[0-9]*.npy")  # see training.representation.features.store
NEAR, MAP = "near-", "map-"  # names of the other files begin so
BLOCK = 8192  # rows at once


def name_of_set(found: FeatureSet) -> str:
    """Of its folder, as all machines know it."""
    return f"features/{found.folder}"


def folder_of_set(found: FeatureSet) -> Path:
    """Where jobs write, on this machine's disk."""
    return folders.work_of(name_of_set(found))


def write_near(
    folder: Path, name: str, ids: NDArray[np.uint32], rows: Callable[[int, int], NDArray[np.float32]]
) -> None:
    """The vectors, each of length 1, beside the ids of their candidates: `name.npy` and `name-ids.npy`.

    rows(start, end): float32 (end - start, D). A vector of zeros stays one: it is near to nothing.
    """
    from inference.files import whole_file

    with whole_file(folder / f"{name}-ids.npy") as temporary:
        np.save(temporary, ids)
    with whole_file(folder / f"{name}.npy") as temporary:
        out = None
        for start in range(0, len(ids), BLOCK):
            block = rows(start, min(start + BLOCK, len(ids)))
            if out is None:
                shape = (len(ids), block.shape[1])
                out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
            lengths = np.linalg.norm(block, axis=1, keepdims=True)
            out[start : start + len(block)] = block / np.where(lengths == 0, 1, lengths)
        assert out is not None, "called with pictures only"
        out.flush()


def near_rows(found: FeatureSet) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Ids of candidates, and their vectors of length 1, mapped into memory. Raises Refused where they are
    gone."""
    try:
        ids: NDArray[np.uint32] = np.load(_file(found, f"{found.near}-ids.npy"), mmap_mode="r")
        rows: NDArray[np.float32] = np.load(_file(found, f"{found.near}.npy"), mmap_mode="r")
    except (OSError, ValueError) as error:
        raise Refused(
            _("The features of %(model)s cannot be read (%(error)s). Make them again.")
            % {"model": found.model, "error": error}
        ) from error
    return ids, rows


def _file(found: FeatureSet, name: str) -> Path:
    return folders.file(name_of_set(found), name)


def nearest(found: FeatureSet, candidate: int, most: int) -> list[tuple[int, float]] | None:
    """Ids and cosine distances (0 to 2) of the nearest others, every one compared; None where the candidate
    has no features. Raises Refused where the files are gone."""
    ids, rows = near_rows(found)
    own = np.flatnonzero(ids == candidate)
    if not len(own):
        return None
    similar = np.asarray(rows @ rows[own[0]], np.float32)
    similar[own[0]] = -np.inf
    count = min(most, len(ids) - 1)
    some = np.argpartition(-similar, count - 1)[:count] if count else np.empty(0, np.int64)
    order = np.lexsort((ids[some], -similar[some]))
    return [(int(ids[each]), max(0.0, 1 - float(similar[each]))) for each in some[order]]

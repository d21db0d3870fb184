"""The index of neighbours that searches in a project's features share; it is kept beside them once made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation.errors import Refused
from curation.models import FeatureSet
from curation.services import folders
from curation.services.representation.places import name_of_set, near_rows

INDEX = "neighbours-*"  # see training.representation.neighbours.files

if TYPE_CHECKING:
    from training.representation.neighbours import NeighbourIndex


def index_of(found: FeatureSet) -> tuple[NDArray[np.int64], NDArray[np.float32], NeighbourIndex]:
    """Ids of candidates, their vectors (mapped into memory), and the index of both by cosine.

    Raises Refused where the files are gone, or hold nothing that could be compared.
    """
    from inference.files import sha256_of
    from training.representation.neighbours import saved_or_built

    ids, rows = near_rows(found)
    name = name_of_set(found)
    # Others may be at work in the folder of this machine: what is not sent yet stays.
    work = folders.checkout(name, INDEX, wanted=lambda each: False)
    try:
        checksum = sha256_of(folders.file(name, f"{found.near}.npy"))
        index = saved_or_built(work, checksum, [str(pk) for pk in ids.tolist()], rows)
        folders.Sender(name, wanted=lambda each: folders.like(each, (INDEX,)), only_adds=True).send()
    except ValueError as error:
        raise Refused(str(error)) from error
    return ids.astype(np.int64), rows, index

"""The nearest neighbours of every picture in a space of features, with faiss (M. Douze et al., "The Faiss
library", 2024, arXiv:2401.08281).

Up to EXACT_UP_TO rows every row is compared with every other. Beyond, rows are sorted into cells by k-means
and only the nearest cells are looked through; how many is raised until TARGET_RECALL of the true neighbours
of a drawn sample are found, and the recall measured is among the facts. Either way the order among what is
found is by values computed one pair at a time, and pictures equally near are in the order of their ids.

All is float32. Memory: where all are compared, one copy of the features; with cells, the cells, which are as
much, while the features themselves are read block by block (of BLOCK_BYTES) from where they are.

index.py    what is asked: neighbours, near-duplicates
vectors.py  rows made comparable, compared one by one
cells.py    sorted into cells
saved.py    kept beside a store
"""

from training.representation.neighbours.index import EXACT_UP_TO, Found, NeighbourIndex
from training.representation.neighbours.saved import saved_or_built, store_checksum
from training.representation.neighbours.vectors import Metric

__all__ = ["EXACT_UP_TO", "Found", "Metric", "NeighbourIndex", "saved_or_built", "store_checksum"]

"""Drawn pictures of the 17 classes, any number of them, for demonstrations, tests and trial trainings.

Each picture is made from (class, seed) with Pillow and NumPy alone; none is a photograph, and each says so.
"""

from curation.drawing.demo import Drawn, demo_set, draw, write_folder
from curation.drawing.registry import CLASS_SLUGS
from curation.drawing.sources import SOURCES, DrawnSource

__all__ = ["CLASS_SLUGS", "SOURCES", "Drawn", "DrawnSource", "demo_set", "draw", "write_folder"]

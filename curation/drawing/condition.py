"""Drawn sheets for trying out how the condition of sheets is told. No Django, no TensorFlow."""

from curation.drawing.condition_set import Planned, plan, write_sheets
from curation.drawing.condition_sheet import CLEAN, CONTAMINATED, KINDS, DrawnSheet, Kind, draw_sheet
from curation.drawing.look_alikes import LOOK_ALIKES

__all__ = [
    "CLEAN",
    "CONTAMINATED",
    "KINDS",
    "LOOK_ALIKES",
    "DrawnSheet",
    "Kind",
    "Planned",
    "draw_sheet",
    "plan",
    "write_sheets",
]

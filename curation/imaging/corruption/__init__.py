"""Pictures damaged on purpose, as examples of what broken files and failed exposures look like. No Django.

from curation.imaging.corruption import corrupt

corruption, jpeg = corrupt(picture, seed=1, sha256=sha256_of_the_parent)
"""

from __future__ import annotations

from curation.imaging.corruption.make import apply, corrupt, damaged, showing, visible
from curation.imaging.corruption.plan import KINDS, Band, Corruption, plan

__all__ = ["KINDS", "Band", "Corruption", "apply", "corrupt", "damaged", "plan", "showing", "visible"]

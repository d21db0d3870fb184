"""Where the shared pictures, lists and the published model are, if they are."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(
    os.environ.get("VASCULUM_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
).resolve()
SPECIMENS = SHARED / "specimens"
PUBLISHED_MODEL = SHARED / "herbariograph" / "ConvNeXt-distilled.keras"

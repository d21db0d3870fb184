"""What the processes of the tests of `crew` do. Imports nothing that takes long."""

from __future__ import annotations

import os
import time


def doubled(number: int) -> tuple[int, int]:
    """Twice the number and which process it was; some take longer, 13 fails, 99 ends the process."""
    if number == 13:
        raise LookupError("thirteen")
    if number == 99:
        os._exit(3)
    time.sleep(0.05 if number % 3 == 0 else 0)
    return 2 * number, os.getpid()

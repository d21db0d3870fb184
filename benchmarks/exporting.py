"""One export in a process of its own, timed: `python -m benchmarks.exporting RELEASE FORMAT FOLDER`.

Prints JSON: `seconds` of everything, and of them `units`, which are the pictures, synced to the disk; the
rest are tables and checksums.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main() -> int:
    import django

    django.setup()
    from curation.models import Release
    from curation.services.export import write_export
    from curation.services.exports.output import Output

    name, format, folder = sys.argv[1:]
    make, spent = Output.make, [0.0]

    def timed(self: Output, *arguments: Any) -> int:
        begun = time.perf_counter()
        try:
            return make(self, *arguments)
        finally:
            spent[0] += time.perf_counter() - begun

    Output.make = timed  # type: ignore[method-assign,assignment]
    release = Release.objects.select_related("project").get(name=name)
    begun, worked = time.perf_counter(), os.times()
    write_export(release, format, Path(folder), acknowledged=True)
    seconds, now = time.perf_counter() - begun, os.times()
    cpu = sum(now[:4]) - sum(worked[:4])
    print(json.dumps({"seconds": seconds, "units": spent[0], "cpu_seconds": cpu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

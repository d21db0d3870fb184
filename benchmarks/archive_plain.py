"""The baselines of benchmarks.archive: the pictures of each class into one file, in three ways.

    python -m benchmarks.archive_plain cat|stored|deflated LISTS FOLDER

LISTS: a folder of texts, one a class, with the path of a picture a line. cat: nothing but the bytes, by
`cat`, which is what the disk and the many small files allow; stored, deflated: zipfile in a plain loop. All
are synced to the disk in the end. Prints seconds and CPU seconds as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path


def main() -> int:
    way, lists, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True)
    begun = time.perf_counter()
    for listed in sorted(lists.iterdir()):
        target = folder / listed.stem
        if way == "cat":
            with listed.open("rb") as names, target.open("wb") as out:
                subprocess.run(["xargs", "cat"], stdin=names, stdout=out, check=True)
        else:
            how = zipfile.ZIP_STORED if way == "stored" else zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(target, "w", how) as archive:
                for path in listed.read_text().splitlines():
                    archive.write(path, Path(path).name)
        descriptor = os.open(target, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    print(json.dumps({"seconds": time.perf_counter() - begun, "cpu_seconds": sum(os.times()[:4])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

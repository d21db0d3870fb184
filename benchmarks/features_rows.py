"""Our side of benchmarks.features: `python -m training features` into a store that is made anew.

python -m benchmarks.features_rows --model MODEL [--layer NAME] --data PATH --out STORE [--batch 32]
"""

from __future__ import annotations

import shutil
import sys

from training.__main__ import main

if __name__ == "__main__":
    words = sys.argv[1:]
    shutil.rmtree(words[words.index("--out") + 1], ignore_errors=True)
    sys.exit(main(["features", *words, "--json"]))

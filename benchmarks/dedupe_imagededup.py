"""The near pairs of a file of hashes, found by imagededup. Run by benchmarks.dedupe with another Python.

Prints how many pairs there are among different hashes. imagededup loads its neural network with everything
else; where PyTorch is missing, empty modules stand in for that part, which the search of hashes never uses.
"""

import importlib.util
import sys
import types
from pathlib import Path


def main(file: str, within: int) -> None:
    if importlib.util.find_spec("torch") is None:
        for name, content in (("methods.cnn", "CNN"), ("utils.models", "CustomModel")):
            stand_in = types.ModuleType(f"imagededup.{name}")
            setattr(stand_in, content, None)
            sys.modules[f"imagededup.{name}"] = stand_in
    from imagededup.methods import DHash  # type: ignore[import-not-found, unused-ignore]

    hashes = sorted(set(Path(file).read_text().split()))
    found = DHash(verbose=False).find_duplicates(
        encoding_map={str(number): one for number, one in enumerate(hashes)}, max_distance_threshold=within
    )
    print(sum(len(near) for near in found.values()) // 2)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

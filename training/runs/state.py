"""What an interrupted stage goes on from: one file a stage, replaced whole after each epoch.

It holds all variables of the model (states of noise and dropout among them) and of the optimizer (moments,
step, scale of the loss), and where the loop stood. The order of data needs no state: it follows from seed and
epoch. A finished stage keeps only where it ended; its best weights are a checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from inference.errors import ModelError
from training.runs.folder import RunFolder
from training.runs.weights import read_arrays, write_arrays

_POSITION = "position"


@dataclass(frozen=True)
class Position:
    """Where a stage stands after an epoch.

    step: updates of the weights in this stage. lines: of metrics.jsonl, earlier stages included. best: value
    of the monitored figure, best_epoch 0 where no epoch has had one yet.
    """

    epoch: int = 0
    step: int = 0
    lines: int = 0
    best: float | None = None
    best_epoch: int = 0
    finished: bool = False


def state_path(run: RunFolder, stage: int) -> Path:
    return run.path / "state" / f"{stage:02d}.npz"


def save_state(run: RunFolder, stage: int, position: Position, arrays: Mapping[str, np.ndarray]) -> None:
    text = json.dumps(asdict(position)).encode()
    kept = {} if position.finished else arrays
    write_arrays(state_path(run, stage), {_POSITION: np.frombuffer(text, np.uint8), **kept})


def known_lines(run: RunFolder) -> int:
    """Lines of metrics.jsonl that the states of all stages know of; any more are of no whole epoch."""
    files = (run.path / "state").glob("[0-9]*.npz")
    return max((_position(read_arrays(file, _POSITION), file).lines for file in files), default=0)


def load_state(run: RunFolder, stage: int) -> tuple[Position, dict[str, np.ndarray]] | None:
    """Position and arrays of a stage, None where it has not finished an epoch."""
    path = state_path(run, stage)
    if not path.exists():
        return None
    arrays = read_arrays(path)
    return _position(arrays, path), arrays


def _position(arrays: dict[str, np.ndarray], path: Path) -> Position:
    """Takes it out of the arrays."""
    try:
        return Position(**json.loads(arrays.pop(_POSITION).tobytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not the state of a run: {error}") from error

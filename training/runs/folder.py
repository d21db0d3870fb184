"""The run folder: what a run was told, what it did, and what came of it.

    RUN/config.json         all that the run depends on; its presence means that the folder is complete
    RUN/environment.json    versions, devices, revision of the code, command line
    RUN/data.json           release, SHA-256 of its manifest and files, classes; absent for a run without data
    RUN/metrics.jsonl       one JSON object a finished epoch
    RUN/checkpoints/SS-EEEE.npz    weights after epoch E of stage S (training.runs.weights)
    RUN/state/              what an interrupted run goes on from (training.runs.state)
    RUN/model/              the model folder (inference.folder), written at the end
    RUN/README.md           the model card
    RUN/evaluation/         written by evaluate

Importing this needs no TensorFlow.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import whole_file
from training.config import first_difference
from training.runs.environment import environment

FORMAT = "vasculum-run"
VERSION = 1
CONFIG_FILE = "config.json"
PATHS = ("data", "model", "teacher", "runs", "catalogue", "weights")  # keys of configurations
_CHECKPOINT = re.compile(r"(\d+)-(\d+)\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """Weights after an epoch, with the line of metrics.jsonl for it. Stages and epochs count from 1."""

    stage: int
    epoch: int
    path: Path
    metrics: dict[str, Any]


@dataclass(frozen=True)
class RunFolder:
    path: Path
    kind: str
    config: dict[str, Any]
    data: dict[str, Any] | None

    @classmethod
    def create(
        cls, path: Path, kind: str, config: Mapping[str, Any], data: Mapping[str, Any] | None
    ) -> RunFolder:
        """Make a run folder, or open the one that is there to go on with it.

        kind: "train", "distill", "soup" … config, data: JSON-ready. Raises ModelError when the folder holds
        something else, or a run of another kind, config or data, naming the first key that differs.
        """
        told = json.loads(json.dumps({"kind": kind, "config": dict(config)}))
        facts = None if data is None else json.loads(json.dumps(dict(data)))
        if (path / CONFIG_FILE).is_file():
            run = cls.open(path)
            found = first_difference(
                {"kind": run.kind, "config": run.config, "data": run.data}, {**told, "data": facts}
            )
            if found:
                key, old, new = found
                raise ModelError(
                    f"{path} holds a run with another {key.removeprefix('config.')}: it has {old!r}, "
                    f"got {new!r}; go on with what it has, or choose a new folder"
                )
            return run
        if path.exists() and (not path.is_dir() or any(_visible(path))):
            raise ModelError(
                f"{path} must be a new or empty folder, or that of a run; it holds something else"
            )
        path.mkdir(parents=True, exist_ok=True)
        _write_json(path / "environment.json", environment())
        if facts is not None:
            _write_json(path / "data.json", facts)
        # Last: until it is there, the folder is nothing.
        _write_json(path / CONFIG_FILE, {"format": FORMAT, "version": VERSION, **told})
        return cls(path, kind, told["config"], facts)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """The run in a folder. Raises ModelError when there is none or it cannot be read."""
        file = path / CONFIG_FILE
        if not file.is_file():
            raise ModelError(f"{path} is not a run folder: it has no {CONFIG_FILE}")
        found = _read_json(file)
        if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
            raise ModelError(f"{file}: format and version must be {FORMAT!r} and {VERSION}")
        facts = path / "data.json"
        return cls(path, found["kind"], found["config"], _read_json(facts) if facts.is_file() else None)

    @classmethod
    def rehome(cls, path: Path, config: Mapping[str, Any]) -> None:
        """Where a run folder has come from another machine, or another place: have its configuration name the
        paths of here, which `config` has. What lies there must be the same; `create` compares what it says.
        """
        if not (path / CONFIG_FILE).is_file():
            return
        told = _read_json(path / CONFIG_FILE)
        moved = {
            key: value
            for key, value in json.loads(json.dumps(dict(config))).items()
            if key in PATHS and key in told["config"] and told["config"][key] != value
        }
        # Of a teacher only the path is one of here; how it is used stays what the run began with.
        if isinstance(moved.get("teacher"), dict) and isinstance(told["config"]["teacher"], dict):
            moved["teacher"] = {**told["config"]["teacher"], "path": moved["teacher"]["path"]}
        if moved:
            told["config"] |= moved
            _write_json(path / CONFIG_FILE, told)

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def environment(self) -> dict[str, Any]:
        found: dict[str, Any] = _read_json(self.path / "environment.json")
        return found

    @property
    def model_folder(self) -> Path:
        return self.path / "model"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.jsonl"

    def log(self, **metrics: Any) -> None:
        """Add one line to metrics.jsonl; it is on the disk when this returns. Not a number becomes null."""
        line = json.dumps({key: _json_value(value) for key, value in metrics.items()}, allow_nan=False)
        with self.metrics_file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, without a half-written last one as a killed process may leave."""
        try:
            text = self.metrics_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        lines = []
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            try:
                lines.append(json.loads(line))
            except ValueError as error:
                raise ModelError(
                    f"{self.metrics_file}, line {number}, must be a JSON object: {error}"
                ) from error
        return lines

    def keep_metrics(self, lines: int) -> None:
        """Keep the first lines of metrics.jsonl and drop the rest, a half-written one among them.

        Raises ModelError when there are fewer.
        """
        found = self.metrics()
        if len(found) < lines:
            raise ModelError(
                f"{self.metrics_file} must have at least the {lines} lines that the run's state counts, "
                f"got {len(found)}; the file was changed"
            )
        if not self.metrics_file.exists():
            return
        kept = self.metrics_file.read_bytes().split(b"\n")[:lines]
        with whole_file(self.metrics_file) as temporary:
            temporary.write_bytes(b"".join(line + b"\n" for line in kept))

    def checkpoint_path(self, stage: int, epoch: int) -> Path:
        return self.path / "checkpoints" / f"{stage:02d}-{epoch:04d}.npz"

    def checkpoints(self, names: Iterable[str] | None = None) -> list[Checkpoint]:
        """The weights kept, in the order they were made; those of an epoch not yet logged are passed over.

        names: of all files of the run, where they do not lie beside what describes it.
        """
        logged = {
            (line["stage"], line["epoch"]): line
            for line in self.metrics()
            if {"stage", "epoch"} <= line.keys()
        }
        found = []
        folder = self.path / "checkpoints"
        kept = folder.glob("*.npz") if names is None else (self.path / name for name in names)
        for file in (one for one in kept if one.parent == folder):
            match = _CHECKPOINT.fullmatch(file.name)
            if match and (key := (int(match[1]), int(match[2]))) in logged:
                found.append(Checkpoint(*key, file, logged[key]))
        return sorted(found, key=lambda one: (one.stage, one.epoch))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process, to its end or death. Raises ModelError while another holds it."""
        with (self.path / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ModelError(
                    f"{self.path} is in use by another process; wait for it or stop it"
                ) from error
            yield


def _visible(path: Path) -> Iterator[Path]:
    """What is in a folder, but for what a creation that was cut short leaves behind."""
    leavings = {"environment.json", "data.json", ".lock"}
    return (one for one in path.iterdir() if one.name not in leavings and not one.name.startswith("."))


def _json_value(value: Any) -> Any:
    """A plain value of what may be a NumPy scalar or a float that JSON does not know."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _write_json(path: Path, value: Any) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

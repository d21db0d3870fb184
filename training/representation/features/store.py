"""Features on the disk: float16 rows in .npy files, and the ids they are of.

    STORE/store.json    of which model and layer, the dimension, the shards with rows and SHA-256
    STORE/ids.tsv       id, shard, row: one line a picture
    STORE/000001.npy    (rows, dimension) float16, to be mapped into memory

``store.json`` is replaced last and says all there is: a shard or lines of ids that it does not count are what
a killed process left, and the next append writes over them. So an append is whole, or has not been.

Importing this needs no TensorFlow.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.files import sha256_of, whole_file
from training.representation.blocks import Blocks, Places, Rows

FORMAT = "vasculum-features"
VERSION = 1
STORE_FILE = "store.json"
IDS_FILE = "ids.tsv"
HEAD = b"id\tshard\trow\n"


class FeatureError(ValueError):
    """Features or their store cannot be used; the message names the thing, the rule and the value."""


class FeatureStore:
    """The features of one model at one layer.

    dimension: numbers a picture. model: SHA-256 of the model. of: what else the features depend on (layer,
    preprocessing), JSON-ready. Made by :meth:`open` or :meth:`read`.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], *, verify: bool) -> None:
        self.folder = folder
        self.model: str = facts["model"]
        self.dimension: int = facts["dimension"]
        self.of: dict[str, Any] = facts["of"]
        self._shards: list[dict[str, Any]] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._take(facts["shards"], verify=verify)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        model: str,
        dimension: int,
        of: Mapping[str, Any] | None = None,
        verify: bool = True,
    ) -> Self:
        """The store in a folder, made if there is none; for reading and adding.

        of: None where it is not to be compared. verify: compare the SHA-256 of every shard. Raises
        FeatureError where the folder holds features of another model, dimension or ``of``, holds something
        else, or is damaged.
        """
        if not (isinstance(model, str) and model):
            raise FeatureError(f"model must be the SHA-256 of a model, got {model!r}")
        if not (isinstance(dimension, int) and dimension > 0):
            raise FeatureError(f"dimension must be a whole number of at least 1, got {dimension!r}")
        if not (folder / STORE_FILE).exists():
            cls._begin(folder, {"model": model, "dimension": dimension, "of": dict(of or {}), "shards": []})
        store = cls.read(folder, verify=verify)
        asked = {"model": model, "dimension": dimension}
        asked |= {} if of is None else {"of": json.loads(json.dumps(dict(of)))}
        for name, value in asked.items():
            found = getattr(store, name)
            if found != value:
                raise FeatureError(
                    f"{folder} holds features with {name} {found!r}, got {value!r}; choose another folder"
                )
        return store

    @classmethod
    def read(cls, folder: Path, *, verify: bool = True) -> Self:
        """The store in a folder, whatever it is of; FeatureError where there is none or it is damaged."""
        return cls(folder, _facts(folder), verify=verify)

    @classmethod
    def _begin(cls, folder: Path, facts: Mapping[str, Any]) -> None:
        # What a beginning that was killed leaves: the file under its temporary name.
        if folder.exists() and any(not one.name.startswith(".") for one in folder.iterdir()):
            raise FeatureError(f"{folder} must be a new or empty folder, or a store of features")
        _write_facts(folder, facts)

    @property
    def ids(self) -> list[str]:
        """In the order in which they were added."""
        return list(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those without features, each once, in their order."""
        return [id for id in dict.fromkeys(ids) if id not in self._places]

    def append(self, ids: Sequence[str], array: ArrayLike) -> None:
        """Add features, whole or not at all; once this returns they outlive this process.

        array: (n, dimension) finite numbers, rounded to float16. Raises FeatureError for another shape, for
        what is not finite as float16, for an id that is there already or no id; the store is as it was.
        """
        rows = self._rows(ids, array)
        if not len(ids):
            return
        with self._locked():
            if (shards := _facts(self.folder)["shards"]) != self._shards:  # another process has added some
                self._take(shards, verify=False)
            self._check_new(ids)
            name = f"{len(self._shards) + 1:06d}.npy"
            with whole_file(self.folder / name) as temporary, temporary.open("wb") as file:
                np.save(file, rows, allow_pickle=False)
            lines = _lines(ids, name)
            shard = {
                "file": name,
                "rows": len(ids),
                "sha256": sha256_of(self.folder / name),
                "ids_bytes": len(lines),
                "ids_sha256": hashlib.sha256(lines).hexdigest(),
            }
            self._add_lines(lines)
            shards = [*self._shards, shard]
            facts = {"model": self.model, "dimension": self.dimension, "of": self.of, "shards": shards}
            _write_facts(self.folder, facts)
            self._shards = shards
            self._places.update((id, (len(shards) - 1, row)) for row, id in enumerate(ids))

    def array(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Features as float32 (n, dimension) in the order of the ids, which may repeat; only they are read.

        Raises FeatureError naming the first id without features.
        """
        return self.blocks(ids)[:]

    def blocks(self, ids: Sequence[str] | None = None) -> Blocks:
        """The same without reading: what is asked of the blocks is read from the mapped shards.

        ids: all in their order where there are none. Raises FeatureError as :meth:`array` does.
        """
        starts = np.cumsum([0, *(shard["rows"] for shard in self._shards)])
        if ids is None:
            return Blocks(partial(self._read, starts), np.arange(starts[-1]), self.dimension)
        places = np.empty(len(ids), np.int64)
        for row, id in enumerate(ids):
            found = self._places.get(id)
            if found is None:
                raise FeatureError(f"{self.folder} must have features of every id asked for, not of {id!r}")
            places[row] = starts[found[0]] + found[1]
        return Blocks(partial(self._read, starts), places, self.dimension)

    def _read(self, starts: Places, places: Places) -> Rows:
        """Rows as they would be numbered if all shards were one; each shard is read from front to back."""
        found = np.empty((len(places), self.dimension), np.float32)
        order = np.argsort(places, kind="stable")
        ordered = places[order]
        ends = np.searchsorted(ordered, starts)
        for shard in np.flatnonzero(np.diff(ends)).tolist():
            some = slice(ends[shard], ends[shard + 1])
            found[order[some]] = self._map(shard)[ordered[some] - starts[shard]]
        return found

    def verify(self) -> None:
        """Compare the SHA-256 of every shard; FeatureError naming the first that differs."""
        for shard in self._shards:
            file = self.folder / shard["file"]
            if (found := sha256_of(file)) != shard["sha256"]:
                raise FeatureError(f"{file}: SHA-256 must be {shard['sha256']}, got {found}; it was damaged")

    def _take(self, shards: list[dict[str, Any]], *, verify: bool) -> None:
        self._shards = shards
        self._places = _read_places(self.folder, shards)
        for number, shard in enumerate(shards):
            shape = self._map(number).shape
            if shape != (shard["rows"], self.dimension):
                raise FeatureError(
                    f"{self.folder / shard['file']} must have the shape {(shard['rows'], self.dimension)}, "
                    f"got {shape}"
                )
        if verify:
            self.verify()

    def _map(self, shard: int) -> NDArray[np.float16]:
        file = self.folder / self._shards[shard]["file"]
        try:
            rows: NDArray[np.float16] = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise FeatureError(f"{file} cannot be read: {error}") from error
        return rows

    def _rows(self, ids: Sequence[str], array: ArrayLike) -> NDArray[np.float16]:
        values = np.asarray(array)
        if values.shape != (len(ids), self.dimension):
            raise FeatureError(
                f"array must have the shape {(len(ids), self.dimension)}, one row an id, got {values.shape}"
            )
        with np.errstate(over="ignore"):  # told below, with the id
            rows = np.ascontiguousarray(values, np.float16)
        if (bad := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
            largest = np.abs(np.asarray(values[bad[0]], np.float64)).max()
            raise FeatureError(
                f"features must be finite numbers of at most 65,504, as float16 holds them; "
                f"those of {ids[bad[0]]!r} are not (largest: {largest:g})"
            )
        return rows

    def _check_new(self, ids: Sequence[str]) -> None:
        for id in ids:
            if not id or any(sign in id for sign in "\t\r\n"):
                raise FeatureError(f"an id must be a text without tabs and line ends, got {id!r}")
            if id in self._places:
                raise FeatureError(f"{self.folder} has features of {id!r} already")
        repeated = [id for id, n in Counter(ids).items() if n > 1]
        if repeated:
            raise FeatureError(f"ids must not repeat, got {repeated[0]!r} more than once")

    def _add_lines(self, lines: bytes) -> None:
        known = sum(shard["ids_bytes"] for shard in self._shards)
        descriptor = os.open(self.folder / IDS_FILE, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "r+b") as file:
            file.write(HEAD)
            file.truncate(len(HEAD) + known)
            file.seek(0, os.SEEK_END)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _lines(ids: Sequence[str], shard: str) -> bytes:
    return "".join(f"{id}\t{shard}\t{row}\n" for row, id in enumerate(ids)).encode()


def _read_places(folder: Path, shards: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Shard and row of each id, from as much of ids.tsv as the shards count."""
    places: dict[str, tuple[int, int]] = {}
    if not shards:
        return places
    try:
        with (folder / IDS_FILE).open("rb") as file:
            head = file.read(len(HEAD))
            for number, shard in enumerate(shards):
                lines = file.read(shard["ids_bytes"])
                if head != HEAD or hashlib.sha256(lines).hexdigest() != shard["ids_sha256"]:
                    raise FeatureError(
                        f"{folder / IDS_FILE} must be as {STORE_FILE} says (SHA-256 of the lines of "
                        f"{shard['file']}: {shard['ids_sha256']}), it was changed or damaged"
                    )
                ids = [line.partition("\t")[0] for line in lines.decode().split("\n")[:-1]]
                places.update((id, (number, row)) for row, id in enumerate(ids))
    except OSError as error:
        raise FeatureError(f"{folder / IDS_FILE} cannot be read: {error.strerror}") from error
    return places


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / STORE_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FeatureError(f"{folder} is no store of features: it has no {STORE_FILE}") from error
    except (OSError, ValueError) as error:
        raise FeatureError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
        raise FeatureError(f"{path}: format and version must be {FORMAT!r} and {VERSION}")
    return found


def _write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    with whole_file(folder / STORE_FILE) as temporary:
        text = json.dumps({"format": FORMAT, "version": VERSION, **facts}, indent=1, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")

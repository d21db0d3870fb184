"""The model folder: a model with all that is needed to use it rightly.

    NAME/model.json             what this module reads and writes
    NAME/model.keras            Keras 3: architecture and weights
    NAME/openvino/model.xml     the same network for OpenVINO, float32, any batch size
    NAME/openvino/model.bin     its weights
    NAME/README.md              the model card, for people

``model.json`` carries the class order, the preprocessing, the origin and the SHA-256 of every other file but
the card; a folder that does not agree with it is refused. Importing this module needs neither Keras nor
OpenVINO.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of
from inference.preprocess import Preprocessing, preprocessing_from

FORMAT = "vasculum-model"
VERSION = 1
OUTPUTS = "logits"
DESCRIPTION_FILE = "model.json"
KERAS_FILE = "model.keras"
OPENVINO_FILE = "openvino/model.xml"
CARD_FILE = "README.md"
RUN_MODEL = "model"  # where a training run has its model folder
RUN_CONFIG = "config.json"  # what every run has

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class ModelClass:
    """One output of a model; its index is its place in the list."""

    name: str
    key: str | None = None
    slug: str | None = None


@dataclass(frozen=True)
class ModelFolder:
    """A model folder's description, and where it lies."""

    path: Path
    name: str
    classes: tuple[ModelClass, ...]
    image_size: int
    parameters: int
    preprocessing: Mapping[str, Any]
    licence: str = ""
    source: str = ""
    source_sha256: str | None = None
    training_release: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    engine: Mapping[str, Any] | None = None
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def class_names(self) -> list[str]:
        return [one.name for one in self.classes]

    @property
    def keras_file(self) -> Path:
        return self.path / KERAS_FILE

    @property
    def card_file(self) -> Path | None:
        """The model card: its own, or that of the run that this is the model of."""
        run = self.path.parent
        places = [self.path / CARD_FILE]
        if self.path.name == RUN_MODEL and (run / RUN_CONFIG).is_file():
            places.append(run / CARD_FILE)
        return next((place for place in places if place.is_file()), None)

    @property
    def openvino_file(self) -> Path | None:
        """The OpenVINO network, or None when the folder was written without one."""
        return self.path / OPENVINO_FILE if OPENVINO_FILE in self.files else None

    def make_preprocessing(self) -> Preprocessing:
        return preprocessing_from(self.preprocessing)


def as_classes(classes: Iterable[str | ModelClass | Mapping[str, Any]]) -> tuple[ModelClass, ...]:
    """Classes in output order from names, from mappings with name, key and slug, or as they are."""
    result: list[ModelClass] = []
    for place, one in enumerate(classes):
        if isinstance(one, str):
            one = ModelClass(one)
        elif isinstance(one, Mapping):
            if not isinstance(one.get("name"), str) or int(one.get("index", place)) != place:
                raise ModelError(
                    f"classes[{place}] must have a name and, if any, the index {place}; got {dict(one)!r}"
                )
            one = ModelClass(one["name"], one.get("key"), one.get("slug"))
        result.append(one)
    names = [one.name for one in result]
    if not names or "" in names or len(set(names)) != len(names):
        raise ModelError(f"classes must be at least one and have distinct, non-empty names, got {names!r}")
    return tuple(result)


def check_name(name: str) -> str:
    """The name itself, when it can also be the name of a folder everywhere; ModelError when not."""
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"model name must be 1 to 100 letters, digits, '.', '_' or '-', "
            f"and begin with a letter or digit; got {name!r}"
        )
    return name


def models_root() -> Path:
    """Where models are looked up by name: ``models`` under VASCULUM_VAR, by default ``var``."""
    return Path(os.environ.get("VASCULUM_VAR") or "var") / "models"


def find_model(name_or_path: str | Path) -> Path:
    """The folder of a model given by path (its own or that of the run that trained it), or by name under
    :func:`models_root`."""
    path = Path(name_or_path)
    for folder in (path, path / RUN_MODEL):
        if (folder / DESCRIPTION_FILE).is_file():
            return folder
    root = models_root()
    name = str(name_or_path)
    if _NAME.fullmatch(name) and (root / name / DESCRIPTION_FILE).is_file():
        return root / name
    present = sorted(entry.parent.name for entry in root.glob(f"[!.]*/{DESCRIPTION_FILE}"))
    suggestion = name if _NAME.fullmatch(name) else "NAME"
    raise ModelError(
        f"no model {name!r}: it is neither a folder with a {DESCRIPTION_FILE} nor one of those in {root} "
        f"({', '.join(present) or 'there are none'}). "
        f"Bring one in with: python -m inference import FILE --name {suggestion}"
    )


def load_folder(path: Path, *, verify: bool = True) -> ModelFolder:
    """Read a model folder and, unless told otherwise, check the SHA-256 of every file it lists.

    Raises ModelError naming the file, what was expected and what was found.
    """
    description = path / DESCRIPTION_FILE
    try:
        data = json.loads(description.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path} is not a model folder: it has no {DESCRIPTION_FILE}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{description} cannot be read: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ModelError(f"{description}: format must be {FORMAT!r}, got {_get(data, 'format')!r}")
    if data.get("version") != VERSION:
        raise ModelError(
            f"{description}: this version reads format version {VERSION}, got {data.get('version')!r}"
        )
    if data.get("outputs") != OUTPUTS:
        raise ModelError(f"{description}: outputs must be {OUTPUTS!r}, got {data.get('outputs')!r}")
    folder = _parse(path, data)
    _check_classes(folder, data.get("classes_sha256"))
    _check_preprocessing(folder)
    if verify:
        verify_files(folder)
    return folder


def _parse(path: Path, data: Mapping[str, Any]) -> ModelFolder:
    description = path / DESCRIPTION_FILE
    try:
        folder = ModelFolder(
            path=path,
            name=check_name(data["name"]),
            classes=as_classes(data["classes"]),
            image_size=int(data["image_size"]),
            parameters=int(data["parameters"]),
            preprocessing=_mapping("preprocessing", data["preprocessing"]),
            licence=data.get("licence") or "",
            source=data.get("source") or "",
            source_sha256=data.get("source_sha256"),
            training_release=data.get("training_release"),
            metrics=data.get("metrics") or {},
            engine=data.get("engine"),
            files={
                name: {"sha256": one["sha256"], "bytes": int(one["bytes"])}
                for name, one in data["files"].items()
            },
        )
    except KeyError as error:
        raise ModelError(f"{description}: {error.args[0]!r} is missing") from error
    except (ModelError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{description}: {error}") from error
    if KERAS_FILE not in folder.files:
        raise ModelError(f"{description}: files must list {KERAS_FILE}, got {sorted(folder.files)!r}")
    for name in folder.files:
        # A description may come from anywhere; it must not point outside its folder.
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ModelError(f"{description}: files must lie inside the folder, got {name!r}")
    return folder


def _check_classes(folder: ModelFolder, written: object) -> None:
    """The class order is what gives the outputs their names, and no file but the description says it.

    ``written`` is None in folders from before it was sealed.
    """
    found = _sum_of_classes(folder)
    if written not in (None, found):
        raise ModelError(
            f"{folder.path / DESCRIPTION_FILE}: classes must be those that the model was written with, in "
            f"their order (classes_sha256 {written}), got {folder.class_names!r} ({found}); "
            "every picture would get a wrong name"
        )


def _sum_of_classes(folder: ModelFolder) -> str:
    return hashlib.sha256(json.dumps(folder.class_names, ensure_ascii=False).encode()).hexdigest()


def _check_preprocessing(folder: ModelFolder) -> None:
    description = folder.path / DESCRIPTION_FILE
    try:
        preprocessing = folder.make_preprocessing()
    except ModelError as error:
        raise ModelError(f"{description}: {error}") from error
    size = [preprocessing.height, preprocessing.width]
    if size != [folder.image_size] * 2:
        raise ModelError(
            f"{description}: preprocessing size must be {[folder.image_size] * 2} as image_size says, "
            f"got {size}"
        )


def verify_files(folder: ModelFolder) -> None:
    """Compare size and SHA-256 of every listed file with the description."""
    for name, expected in folder.files.items():
        file = folder.path / name
        if not file.is_file():
            raise ModelError(f"{file} is missing; {folder.path / DESCRIPTION_FILE} lists it")
        found = sha256_of(file)
        if found != expected["sha256"]:
            raise ModelError(
                f"{file}: SHA-256 must be {expected['sha256']} ({expected['bytes']} bytes), "
                f"got {found} ({file.stat().st_size} bytes); "
                "the file was changed or damaged, import the model again"
            )


def write_description(folder: ModelFolder, where: Path) -> ModelFolder:
    """List and hash the files in ``where`` and write its ``model.json``; the folder as it will read back."""
    # People correct a model card; that does not make the model another one.
    apart = {where / DESCRIPTION_FILE, where / CARD_FILE}
    found = sorted(entry for entry in where.rglob("*") if entry.is_file() and entry not in apart)
    files = {
        entry.relative_to(where).as_posix(): {"sha256": sha256_of(entry), "bytes": entry.stat().st_size}
        for entry in found
    }
    written = replace(folder, path=where, files=files)
    data = {"format": FORMAT, "version": VERSION, "outputs": OUTPUTS, **asdict(written)}
    del data["path"]
    data["classes"] = [
        {"index": index, **{key: value for key, value in asdict(one).items() if value is not None}}
        for index, one in enumerate(written.classes)
    ]
    data["classes_sha256"] = _sum_of_classes(written)
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    (where / DESCRIPTION_FILE).write_text(text, encoding="utf-8")
    return written


def check_same_classes(expected: Sequence[ModelClass], given: Sequence[ModelClass], what: str) -> None:
    """ModelError at the first class that differs: a wrong order would give every picture a wrong name."""
    if len(expected) != len(given):
        raise ModelError(f"{what} has {len(expected)} classes, got {len(given)}")
    for index, (one, other) in enumerate(zip(expected, given, strict=True)):
        if one.name != other.name:
            raise ModelError(f"{what}: class {index} is {one.name!r}, got {other.name!r}")


def _mapping(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ModelError(f"{key} must be an object, got {value!r}")
    return value


def _get(data: object, key: str) -> object:
    return data.get(key) if isinstance(data, dict) else None

"""What the outputs of teacher and student mean. Importing this needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inference.errors import ModelError
from inference.folder import ModelClass, as_classes
from training.config import ConfigError
from training.data.release import DataError, ReleaseData, check_classes

RELEASE = "release"


def outputs_of(
    name: str, outputs: int, known: Sequence[ModelClass] | None, told: Any, data: ReleaseData
) -> tuple[tuple[ModelClass, ...], bool]:
    """The classes of a teacher's outputs, and whether they are those of the data in the same order.

    name: the teacher's. known: the classes that it comes with, if it does. told: teacher.classes of the
    config, "release", a list of names, or None. Without any the outputs get numbers for names.

    Raises ConfigError or ModelError where what is told, known and counted differ.
    """
    classes: tuple[ModelClass, ...]
    if told == RELEASE:
        if known is not None:
            check_classes(data, known, f"the teacher {name}")
        classes = data.classes
    elif isinstance(told, list | tuple) and told and all(isinstance(one, str) for one in told):
        classes = as_classes(told)
        if known is not None and [one.name for one in known] != list(told):
            raise ConfigError(f"teacher.classes must be those that {name} comes with, got {told!r}")
    elif told is not None:
        raise ConfigError(f'teacher.classes must be "{RELEASE}" or a list of names, got {told!r}')
    elif known is not None:
        classes = tuple(known)
    else:
        width = len(str(outputs - 1))
        classes = as_classes(f"output {number:0{width}d}" for number in range(outputs))
    if len(classes) != outputs:
        raise ModelError(f"teacher {name} has {outputs} outputs, and its classes are {len(classes)}")
    try:
        check_classes(data, classes, f"the teacher {name}")
    except DataError:
        return classes, False
    return data.classes, True

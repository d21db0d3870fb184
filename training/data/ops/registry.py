"""The ops by name. A second one of the same name is a mistake, not a replacement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from training.data.ops.parameters import Number, Parameter

PROBABILITY = Number(1.0, 0, 1)


@dataclass(frozen=True)
class Op:
    """Something done to a picture.

    function: (picture, seed, **parameters) -> picture, on float32 (H, W, 3) with values 0-255, a seed as
    tf.random.stateless_* take it. Where `sizes` is set it gives out a picture of a size of its own:
    (picture, seed, image_size, **parameters). chance: the probability it is applied with unless told.
    """

    name: str
    function: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    chance: float
    sizes: bool

    def options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters, those not given as they are by default. ValueError for one that isn't known or is
        out of its range."""
        for key in given:
            if key not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise ValueError(f"augment: {self.name} has no parameter {key!r}, its parameters: {known}")
        return {
            key: parameter.checked(f"augment: {self.name}: {key}", given.get(key, parameter.default))
            for key, parameter in self.parameters.items()
        }


OPS: dict[str, Op] = {}


def register(
    name: str, *, chance: float = 1.0, sizes: bool = False, **parameters: Parameter
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function the op of that name. ValueError where there is one already."""

    def registered(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in OPS:
            raise ValueError(f"augment: there is an op {name!r} already, in {OPS[name].function.__module__}")
        OPS[name] = Op(name, function, parameters, chance, sizes)
        return function

    return registered


def find_op(name: Any) -> Op:
    """The op of that name; ValueError naming those that there are."""
    if not isinstance(name, str) or name not in OPS:
        raise ValueError(f"augment: unknown op {name!r}; known are {', '.join(sorted(OPS))}")
    return OPS[name]

"""A teacher that is a SavedModel: the form PyTorch, JAX and TensorFlow can all be exported to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError
from training.teachers.load import check_shape, sha256_of_folder
from training.teachers.pictures import Preparation
from training.teachers.teacher import Teacher

if TYPE_CHECKING:
    import tensorflow as tf

DEFAULT_SIGNATURE = "serving_default"


def load_saved_model(path: Path, config: Mapping[str, Any]) -> Teacher:
    """Read the folder; what is called is the signature named, else serving_default, else the only one.

    Without any signature the object itself is called. The output is the one named, else the only one. Raises
    ModelError naming what there is.
    """
    from training.backend import tf

    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise ModelError(f"{path} cannot be read as a SavedModel: {error}") from error
    signature = _signature(path, loaded, config.get("signature"))
    output = config.get("output")
    layout = config.get("layout", "NHWC")
    if signature is None:
        preparation = Preparation.from_config(config)
        call: Callable[[tf.Tensor], Any] = loaded
        variables = getattr(loaded, "variables", ())
    else:
        name, spec = _input(path, signature)
        sizes = tuple(spec.shape.as_list()[1:]) if spec.shape.rank == 4 else ()
        default = sizes[1] if layout == "NHWC" and sizes else sizes[2] if sizes else None
        preparation = Preparation.from_config(config, default_size=default)
        if spec.shape.rank is not None:
            check_shape(str(path), preparation, tuple(spec.shape.as_list()[1:]))
            if spec.shape[0] is not None:
                raise ModelError(
                    f"{path} takes exactly {spec.shape[0]} pictures at a time; "
                    "export it with a free batch size"
                )
        variables = signature.variables

        def call(pictures: tf.Tensor) -> Any:
            return signature(**{name: tf.cast(pictures, spec.dtype)})

    def forward(pictures: tf.Tensor) -> tf.Tensor:
        return _pick(path, call(pictures), output)

    return Teacher(
        name=path.name,
        kind="saved-model",
        forward=forward,
        preparation=preparation,
        sha256=sha256_of_folder(path),
        # The order in which a graph lists its variables is not promised; their names come from the file.
        variables=sorted(variables, key=lambda one: str(one.name)),
        keep=loaded,
    )


def _signature(path: Path, loaded: Any, wanted: str | None) -> Any:
    """The function to call, or None for the object itself."""
    signatures = dict(getattr(loaded, "signatures", {}))
    if wanted is None:
        if DEFAULT_SIGNATURE in signatures:
            return signatures[DEFAULT_SIGNATURE]
        if len(signatures) == 1:
            return next(iter(signatures.values()))
        if not signatures and callable(loaded):
            return None
    elif wanted in signatures:
        return signatures[wanted]
    raise ModelError(
        f"teacher.signature must be one of {', '.join(sorted(signatures)) or 'none at all'} in {path}; "
        f"got {wanted!r}"
    )


def _input(path: Path, signature: Any) -> tuple[str, Any]:
    inputs = signature.structured_input_signature[1]
    if len(inputs) != 1:
        raise ModelError(f"{path}: the signature must have one input, got {sorted(inputs)}")
    name, spec = next(iter(inputs.items()))
    if not spec.dtype.is_floating:
        raise ModelError(f"{path}: the input {name} must take floating-point pictures, got {spec.dtype.name}")
    return name, spec


def _pick(path: Path, answer: Any, wanted: str | None) -> Any:
    if isinstance(answer, Mapping):
        outputs = dict(answer)
    elif isinstance(answer, Sequence):
        outputs = {str(number): one for number, one in enumerate(answer)}
    else:
        if wanted is not None:
            raise ModelError(f"{path} has one output without a name; teacher.output got {wanted!r}")
        return answer
    if wanted is None and len(outputs) == 1:
        return next(iter(outputs.values()))
    if wanted not in outputs:
        raise ModelError(
            f"teacher.output must be one of {', '.join(sorted(outputs))} in {path}; got {wanted!r}"
        )
    return outputs[wanted]

"""The same network computing in another precision."""

from typing import Any

from training.backend import keras

POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


def with_precision(model: Any, policy: str) -> Any:
    """A copy of a functional model with its weights, whose layers compute as ``policy`` says.

    Weights stay float32, and so do the logits: the last layer is left as it is. Use it before training with
    mixed precision, and with ``float32`` before a model is exported. Raises ValueError naming the policy.
    """
    if policy not in POLICIES:
        raise ValueError(f"policy must be one of {', '.join(POLICIES)}; got {policy!r}")
    last = model.layers[-1].name

    def as_asked(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name != last and not isinstance(layer, keras.layers.InputLayer):
            config["dtype"] = policy
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=as_asked)
    for variable, origin in zip(copy.variables, model.variables, strict=True):
        variable.assign(origin.value)
    return copy

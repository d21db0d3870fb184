"""The keys of `build` in a config: the options of a new network that are not those of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from training.config import ConfigError
from training.models.options import ConvNeXtOptions

BUILD_KEYS = tuple(one.name for one in fields(ConvNeXtOptions) if one.name not in ("classes", "image_size"))


def check_build_keys(build: Mapping[str, Any], name: str = "build") -> None:
    """Raises ConfigError for the first key that is none. Values are checked by ConvNeXtOptions."""
    for key, value in build.items():
        if key not in BUILD_KEYS:
            raise ConfigError(
                f"{name}.{key} is not a key here; known are {', '.join(BUILD_KEYS)} (got {value!r})"
            )

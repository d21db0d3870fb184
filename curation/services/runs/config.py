"""Configurations of runs, checked without TensorFlow: the web process never loads it.

What needs the network itself (names of layers, bounds of the options of losses) is checked by the job before
it begins.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Run
from training.choices import check_choices
from training.condition.config import resolve_tiles, resolve_whole
from training.config import REQUIRED, ConfigError, Key, Schema, check
from training.data.augment import Augmentation
from training.models.build_keys import check_build_keys
from training.models.options import ConvNeXtOptions
from training.representation.encoders.config import resolve

# The job fills these in; a configuration that names them could lead anywhere on the disk.
PATHS = frozenset(
    ["data", "hold_data", "model", "model_sha256", "teacher", "teacher_sha256", "out", "runs", "checkpoints"]
    + ["catalogue", "leave_out", "weights_sha256"]  # of encoders
    + ["sound"]  # of sheets: the first class of the project
)
STANDS_IN: Mapping[type, Any] = {Path: "-", str: "-", list: [], dict: {}}
SCHEMAS = {
    Run.Kind.TRAIN: ("training.train_config", "SCHEMA"),
    Run.Kind.DISTILL: ("training.distill.config", "SCHEMA"),
    Run.Kind.SOUP: ("training.soup.run", "SCHEMA"),
    Run.Kind.EVALUATE: ("training.evaluate", "SCHEMA"),
    Run.Kind.ENCODE: ("training.representation.encoders.config", "SCHEMA"),
    Run.Kind.TILES: ("training.condition.config", "TILES"),
    Run.Kind.SHEETS: ("training.condition.config", "WHOLE"),
}
# With rules between their keys, which also see to all that is checked below.
RESOLVED = {
    Run.Kind.ENCODE: resolve,
    Run.Kind.TILES: resolve_tiles,
    Run.Kind.SHEETS: resolve_whole,
}


def checked(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as given, once every key of it is known to be right. Raises Refused naming the key,
    the rule and the value."""
    named = sorted(PATHS & config.keys())
    if named:
        raise Refused(
            _("%(key)s must not be given here: the job fills it in, got %(value)r.")
            % {"key": named[0], "value": config[named[0]]}
        )
    try:
        _check(kind, config)
    except ConfigError as error:
        raise Refused(str(error)) from error
    return dict(config)


def _check(kind: str, config: Mapping[str, Any]) -> None:
    schema = _schema(Run.Kind(kind))
    given = {
        **config,
        **{key: STANDS_IN[rule.kind] for key, rule in schema.items() if key in PATHS and _needed(rule)},
    }
    found = check(given, schema)
    if kind in RESOLVED:
        found = RESOLVED[Run.Kind(kind)](given)
    if isinstance(found.get("build"), Mapping):
        check_build(found["build"], found.get("image_size") or 96)
    for place, stage in enumerate([found, *found.get("stages", [])]):
        where = f"stages.{place - 1}: " if place else ""
        if stage.get("augment") and kind not in RESOLVED:
            check_augment(stage["augment"], where)
        try:
            check_choices(stage)
        except ValueError as error:
            raise ConfigError(f"{where}{error}") from error


def _schema(kind: Run.Kind) -> Schema:
    module, name = SCHEMAS[kind]
    found: Schema = getattr(import_module(module), name)
    return found


def _needed(rule: Key) -> bool:
    return rule.default is REQUIRED


def check_build(build: Mapping[str, Any], image_size: int, name: str = "build") -> None:
    """The options of a new network. Raises ConfigError."""
    check_build_keys(build, name)
    try:
        ConvNeXtOptions(2, image_size, **build)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{name}: {error}") from error


def check_augment(augment: Any, where: str) -> None:
    try:
        Augmentation.from_config(augment)
    except ValueError as error:
        raise ConfigError(f"{where}{error}") from error


def read_toml(text: str) -> dict[str, Any]:
    """Raises Refused with the line that cannot be read."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise Refused(_("The configuration is not TOML: %(error)s.") % {"error": error}) from error

"""How a run went about it, in words, from its config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training.runs.folder import RunFolder


def procedure(run: RunFolder) -> Iterable[str]:
    """Paragraphs of Markdown."""
    if run.kind == "train":
        yield from _training(run)
    elif run.kind == "distill":
        from training.distill.words import procedure as of_distillation

        yield from of_distillation(run)
    elif run.kind == "soup":
        from training.soup.words import procedure as of_soup

        yield from of_soup(run)
    else:
        lines = [f"- {key}: {value}" for key, value in _flat(run.config)]
        yield "\n".join(lines) or "Nothing was set."


def _training(run: RunFolder) -> Iterable[str]:
    config = run.config
    if config["build"] is not None:
        start = f"From scratch: a ConvNeXt with {in_words(config['build']) or 'the published options'}"
    else:
        start = f"From the weights of `{config['model']}` (SHA-256 `{config['model_sha256']}`)"
    stages = config["stages"]
    yield (
        f"{start}, seed {config['seed']}, computed in {config['precision']}. "
        f"The best epoch is the one with the {config['mode']}imum of {config['monitor']} on the split "
        f"`{config['validation_split']}`. "
        + (
            f"{len(stages)} stages, each from the best weights of the one before:"
            if stages[1:]
            else "One stage:"
        )
    )
    lines = run.metrics()
    for number, stage in enumerate(stages, start=1):
        own = [line for line in lines if line["stage"] == number]
        layers = f"the layers after `{stage['unfreeze_after']}`" if stage["unfreeze_after"] else "all layers"
        batch = f"batches of {stage['batch']}"
        if stage["accumulate"] > 1:
            batch += f", {stage['accumulate']} to an update"
        yield (
            f"{number}. {layers}; {batch}; loss {in_words(stage['loss'])}; optimizer "
            f"{in_words(stage['optimizer'])}; learning rate {stage['learning_rate']:g}, "
            f"{in_words(stage['schedule'])}; augmentation {in_words(stage['augment'])}; at most "
            f"{stage['epochs']} epochs, {stage['patience']} without a better one; {len(own)} were trained."
        )


def in_words(settings: Mapping[str, Any]) -> str:
    """A part of a config as a few words: "adamw (weight_decay 5e-05)"."""
    rest = ", ".join(f"{key} {value}" for key, value in _flat(settings) if key != "name")
    name = str(settings.get("name", ""))
    return f"{name} ({rest})" if name and rest else name or rest or "none"


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value

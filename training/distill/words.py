"""A distillation in words, for the model card. Importing this needs no TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Iterator

from training.distill.report import PER_CLASS_FILE, REPORT_FILE
from training.runs.folder import RunFolder


def procedure(run: RunFolder) -> Iterator[str]:
    """Paragraphs of Markdown, from the config and RUN/distillation.json."""
    from training.runs.procedure import in_words

    config = run.config
    report = json.loads((run.path / REPORT_FILE).read_text(encoding="utf-8"))
    teacher, total = report["teacher"], report["total"]
    if config["build"] is not None:
        start = f"a new ConvNeXt with {in_words(config['build']) or 'the published options'}"
    else:
        start = f"`{config['model']}` (SHA-256 `{config['model_sha256']}`)"
    yield (
        f"Teacher: `{teacher['name']}` ({teacher['kind']}, {teacher['outputs']:,} outputs, SHA-256 "
        f"`{teacher['sha256']}`). Student: {start}."
    )
    squared = " times the square of the temperature" if config["temperature_squared"] else ""
    labels = f", and {config['alpha']:g} of the cross-entropy with the true labels" if config["alpha"] else ""
    yield (
        f"Loss: KL(teacher || student) of answers softened by the temperature {config['temperature']:g}"
        f"{squared}{labels} (Hinton et al. 2015, https://arxiv.org/abs/1503.02531)."
    )
    augment = in_words(config["augment"]) if config["augment"].get("ops") else "none"
    yield (
        f"Batches of {config['batch']}; optimizer {in_words(config['optimizer'])}; learning rate "
        f"{config['learning_rate']:g}, {in_words(config['schedule'])}; augmentation "
        f"{augment}; seed {config['seed']}; computed in {config['precision']}. At most "
        f"{config['epochs']} epochs, {config['patience']} without a smaller validation loss; "
        f"{report['epochs']} were trained, epoch {report['best_epoch']} is this model."
    )
    weights = teacher["before"]["weights_sha256"]
    still = f"SHA-256 of its weights `{weights}`" if weights else "as far as its answers show"
    yield (
        f"The teacher did not move: {still} before and after. On {total['pictures']:,} pictures of "
        f"`{report['split']}` student and teacher give the same answer to {total['agreement']:.2%} "
        f"(`{PER_CLASS_FILE}` has it by class)."
    )

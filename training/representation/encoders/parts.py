"""What each kind of encoder is trained with: the network around it, the objective, the batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from training.config import ConfigError
from training.data.augment import Augmentation
from training.representation.encoders.autoencoder import Reconstruction, build_autoencoder
from training.representation.encoders.classifier import TopClassification, build_classifier
from training.representation.encoders.data import EncoderData
from training.representation.encoders.pictures import batches, training_order
from training.representation.encoders.resnet import build_resnet18
from training.representation.encoders.split import Places, triplets
from training.representation.encoders.triplet import Triplets


@dataclass(frozen=True)
class Parts:
    """encoder: pictures to features. network: what is trained, the encoder in it. rows: of an epoch, (n, k)
    places of pictures; fixed: the same to validate. classes: for one-hot targets, else 0."""

    encoder: Any
    network: Any
    objective: Any
    rows: Callable[[int], Places]
    fixed: Places
    classes: int = 0


def make_parts(settings: Mapping[str, Any], data: EncoderData) -> Parts:
    """The same settings and data give the same weights. Raises ConfigError, ModelError or DataError."""
    encoder = build_resnet18(
        settings["image_size"],
        settings["weights"],
        filters=settings["filters"],
        blocks=settings["blocks"],
        seed=settings["seed"],
    )
    return _KINDS[settings["kind"]](settings, data, encoder)


def training(parts: Parts, settings: Mapping[str, Any], data: EncoderData, epoch: int) -> Any:
    """Batches of an epoch, augmented."""
    return batches(
        data.paths,
        parts.rows(epoch),
        data.labels,
        classes=parts.classes,
        augment=Augmentation.from_config(settings["augment"]),
        seed=settings["seed"],
        epoch=epoch,
        **_sizes(settings),
    )


def validation(parts: Parts, settings: Mapping[str, Any], data: EncoderData) -> Any:
    """Batches to validate, always the same."""
    return batches(data.paths, parts.fixed, data.labels, **_sizes(settings))


def make_optimizer_and_schedule(settings: Mapping[str, Any], updates: int) -> tuple[Any, Any]:
    """updates: of an epoch. Raises ConfigError."""
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    try:
        schedule = make_schedule(
            {**settings["schedule"], "learning_rate": settings["learning_rate"]}, updates
        )
        return make_optimizer(settings["optimizer"], schedule), schedule
    except ValueError as error:
        raise ConfigError(str(error)) from error


class Updates:
    """An objective with one figure more, the updates so far: watching it, the last epoch is the best."""

    def __init__(self, objective: Any, optimizer: Any) -> None:
        self.name = objective.name
        self.loss = objective.loss
        self._validate = objective.validate
        self._optimizer = optimizer

    def validate(self, model: Any, batches: Any) -> dict[str, float]:
        return {**self._validate(model, batches), "updates": float(self._optimizer.iterations.numpy())}


def _sizes(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in ("image_size", "load_size", "batch")}


def _autoencoder(settings: Mapping[str, Any], data: EncoderData, encoder: Any) -> Parts:
    network = build_autoencoder(encoder, settings["latent"])
    return Parts(encoder, network, Reconstruction(), _order(settings, data), data.validation[:, None])


def _triplet(settings: Mapping[str, Any], data: EncoderData, encoder: Any) -> Parts:
    seed = settings["seed"]
    return Parts(
        encoder,
        encoder,
        Triplets(settings["margin"]),
        lambda epoch: triplets(data.train, data.labels, seed, epoch),
        triplets(data.validation, data.labels, seed, "validation"),
    )


def _classifier(settings: Mapping[str, Any], data: EncoderData, encoder: Any) -> Parts:
    classes = len(data.classes)
    return Parts(
        encoder,
        build_classifier(encoder, classes),
        TopClassification(classes),
        _order(settings, data),
        data.validation[:, None],
        classes,
    )


def _order(settings: Mapping[str, Any], data: EncoderData) -> Callable[[int], Places]:
    return lambda epoch: training_order(data.train, settings["seed"], epoch)


_KINDS = {"autoencoder": _autoencoder, "triplet": _triplet, "classifier": _classifier}

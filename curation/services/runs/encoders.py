"""What a run that trains an encoder needs of its release, and the weights it may begin with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Release, Split
from curation.services import folders
from training.representation.encoders.config import SCHEMA
from training.representation.encoders.folder import DESCRIPTION_FILE
from training.representation.encoders.resnet import PRESET, PRESETS
from training.representation.encoders.split import held_out
from training.representation.names import parts_of
from training.representation.records import LEVELS

AUTOENCODER = "autoencoder"
DOWNLOADED = f"{PRESET}{PRESETS[0]}"
WEIGHTS = ".weights.h5"


def value_of(config: Mapping[str, Any], key: str) -> Any:
    """A value of the configuration, or what it is where that says nothing."""
    return config.get(key, SCHEMA[key].default)


def names_of(release: Release) -> dict[str, Counter[str]]:
    """Level -> name -> training pictures, as the scientific names of the release say. One query.

    What is not in a name is not known: an order never, a family only where the name is that of one.
    """
    rows = release.members.filter(split=Split.TRAIN).order_by().values_list("scientific_name")
    found: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
    for written, n in rows.annotate(n=Count("pk")):
        taxon = parts_of(written)
        for level in LEVELS:
            if name := getattr(taxon, level, ""):
                found[level][name] += n
    return found


def parts(release: Release, config: Mapping[str, Any]) -> tuple[int, int]:
    """How many pictures train the encoder and how many validate it, as far as their files are there."""
    share = value_of(config, "validation_share")
    if config["kind"] == AUTOENCODER:
        counts = [release.members.filter(split=Split.TRAIN).count()]
    else:
        counts = list(names_of(release)[value_of(config, "level")].values())
    held = sum(held_out(n, share) for n in counts if n)
    return sum(counts) - held, held


def check_encoder(release: Release, config: Mapping[str, Any]) -> None:
    """Raises Refused where the release has not what the encoder learns from, or the weights are not there.

    config: one that `checked` has passed.
    """
    weights_of(config)
    if config["kind"] != AUTOENCODER:
        _check_names(release, config)
    trained, held = parts(release, config)
    if not held:
        raise Refused(
            _("validation_share %(share)g leaves no picture to validate, of %(n)s of %(release)s.")
            % {"share": value_of(config, "validation_share"), "n": trained, "release": release}
        )


def _check_names(release: Release, config: Mapping[str, Any]) -> None:
    kind, level, share = config["kind"], value_of(config, "level"), value_of(config, "validation_share")
    names = names_of(release)
    words = {"kind": kind, "level": level, "release": release, "n": len(names[level])}
    if len(names[level]) < 2:
        known = [one for one in LEVELS if len(names[one]) > 1]
        raise Refused(
            _(
                "%(kind)s needs pictures of at least 2 names at the level %(level)s; the scientific names of "
                "the training pictures of %(release)s have %(n)s."
            )
            % words
            + " "
            + (
                _("Choose another level (%(known)s) or the autoencoder.") % {"known": ", ".join(known)}
                if known
                else _("The autoencoder needs no names.")
            )
        )
    judged = sum(held_out(n, share) > 0 for n in names[level].values())
    if kind == "triplet" and judged < 2:
        raise Refused(
            _(
                "Triplets are validated with pictures of at least 2 names at the level %(level)s; of the "
                "%(n)s of %(release)s, %(judged)s have enough pictures for a share of %(share)g."
            )
            % {**words, "judged": judged, "share": share}
        )


def weights_here() -> list[str]:
    """What lies in the models directory that an encoder may begin with: encoders, presets of keras-hub, files
    of weights; by name."""
    root = Path(settings.MODELS_DIR)
    found = sorted(root.iterdir()) if root.is_dir() else []
    here = [one.name for one in found if not one.name.startswith(".") and _holds_weights(one)]
    return sorted({*here, *folders.holding("models", DESCRIPTION_FILE)})


def weights_of(config: Mapping[str, Any]) -> str:
    """`weights` as training takes it: nothing, the name of a preset that is downloaded, or a path.

    Raises Refused for what does not lie in the models directory.
    """
    text = str(value_of(config, "weights"))
    if not text or text == DOWNLOADED:
        return text
    if text not in weights_here():
        raise Refused(
            _(
                "weights must be empty, %(preset)s, or lie in the models directory (%(folder)s); there are: "
                "%(known)s; got %(text)r."
            )
            % {
                "preset": DOWNLOADED,
                "folder": settings.MODELS_DIR,
                "known": ", ".join(weights_here()) or _("none"),
                "text": text,
            }
        )
    return str(folders.place(f"models/{text}"))


def _holds_weights(path: Path) -> bool:
    if path.is_dir():
        preset = (path / "config.json").is_file() and any(path.glob("model*.h5"))
        return preset or (path / DESCRIPTION_FILE).is_file()
    return path.name.endswith(WEIGHTS)

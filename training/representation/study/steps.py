"""The steps of a study that each encoder goes through; each looks first whether it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of
from training.data.errors import DataError
from training.progress import Progress
from training.reports import json_text, write_text
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.downstream.compare import compare
from training.representation.encoders.folder import Encoder, encoder_at
from training.representation.features.store import STORE_FILE, FeatureError, FeatureStore
from training.representation.geometry.report import REPORT_FILE, Options, run_geometry
from training.representation.sample import Sample
from training.representation.study.pairs import chosen_pairs


@dataclass
class Study:
    """What the steps share. unreadable: pictures of the sample, and why. refused: encoder -> why it has no
    features. notes: what could not be done."""

    settings: Mapping[str, Any]
    out: Path
    progress: Progress
    data: Path
    catalogue: Catalogue
    sample: Sample
    unreadable: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Of all sets."""
        return [id for some in self.sample.sets.values() for id in some]

    @property
    def unreadable_file(self) -> Path:
        return self.out / "sample" / "unreadable.tsv"

    def features(self, name: str) -> Path:
        return self.out / "features" / name


def network(study: Study, one: Mapping[str, Any]) -> dict[str, Any] | None:
    """Train an encoder, or find that it is trained; facts of it."""
    name = one["name"]
    study.progress.check()
    if "model" in one:
        return {"kind": "model", "model": one["model"], "layer": one["layer"]}
    run = study.out / "encoders" / name
    encoder = encoder_at(run)
    if encoder is None:
        study.progress.log(f"encoder {name}: training")
        from training.backend import keras
        from training.representation.encoders.run import train_encoder

        # Names of layers begin anew, whatever was trained before in this process.
        keras.backend.clear_session()
        settings = {
            **one,
            "data": str(study.out / "sample"),
            "catalogue": str(study.data),
            "leave_out": str(study.unreadable_file),
        }
        try:
            train_encoder(settings, run, study.progress)
        except (DataError, ModelError) as error:
            study.refused[name] = f"it could not be trained: {error}"
            return None
        encoder = encoder_at(run)
        assert encoder is not None
    return _told(encoder)


def _told(encoder: Encoder) -> dict[str, Any]:
    return {
        "kind": encoder.kind,
        "dimension": encoder.dimension,
        "image_size": encoder.image_size,
        "parameters": encoder.parameters,
        "trained_on": dict(encoder.trained_on),
        "metrics": dict(encoder.metrics),
        "sha256": encoder.sha256,
    }


def make_features(study: Study, one: Mapping[str, Any]) -> None:
    """Of the sample, and of the pairs' own collection."""
    name = one["name"]
    if name in study.refused:
        return
    model = one.get("model") or study.out / "encoders" / name
    wanted: list[tuple[Path, Path, list[str]]] = [
        (study.data, study.features(name), [id for id in study.ids if id not in study.unreadable])
    ]
    compared = study.settings["compare"]
    if compared["pair_data"]:
        genera = {genus for pair in compared["pairs"] or () for genus in (pair["first"], pair["second"])}
        own = [record.id for record in open_catalogue(Path(compared["pair_data"])) if record.genus in genera]
        wanted.append((Path(compared["pair_data"]), study.features(f"{name}-pairs"), own))
    for pictures, store, ids in wanted:
        study.progress.check()
        try:
            if _lacking(store, ids):
                study.progress.log(f"features of {name}: {store}")
                from training.representation.features.extract import extract

                extract(
                    model,
                    one.get("layer", ""),
                    pictures,
                    store,
                    ids=ids,
                    batch=study.settings["batch"],
                    progress=study.progress,
                )
        except (FeatureError, ModelError, DataError) as error:
            study.refused[name] = f"its features could not be made: {error}"
            return
        if lacking := _lacking(store, ids):
            study.notes.append(f"{name}: {len(lacking):,} pictures of {pictures} have no features")


def _lacking(store: Path, ids: list[str]) -> list[str]:
    return FeatureStore.read(store).missing(ids) if (store / STORE_FILE).is_file() else ids


def describe_geometry(study: Study, one: Mapping[str, Any]) -> dict[str, Any] | None:
    """What geometry.json holds; None where nothing could be said of the features."""
    name = one["name"]
    if name in study.refused:
        return None
    study.progress.check()
    settings = dict(study.settings["geometry"])
    overlays = settings.pop("overlays")
    folder, store = study.out / "geometry" / name, study.features(name)
    model = one.get("model") or study.out / "encoders" / name
    options = Options(
        **settings,
        seed=study.settings["seed"],
        model=model if overlays else None,
        layer=one.get("layer", ""),
    )
    follows = {"features": sha256_of(store / STORE_FILE), "options": settings, "overlays": overlays}
    stamp = folder / "from.json"
    if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == follows:
        found: dict[str, Any] = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
        return found
    study.progress.log(f"geometry of {name}")
    try:
        found = run_geometry(
            store, study.data, study.out / "sample", folder, options, progress=study.progress
        )
    except (FeatureError, ModelError, DataError, ValueError) as error:
        study.notes.append(f"geometry of {name}: {error}")
        return None
    write_text(stamp, json_text(follows))
    return found


def compare_encoders(study: Study) -> dict[str, Any] | None:
    """What comparison.json holds; None where no encoder has features."""
    names = [one["name"] for one in study.settings["encoders"]]
    if all(name in study.refused for name in names):
        study.notes.append("no encoder has features, so there is nothing to compare")
        return None
    compared = dict(study.settings["compare"])
    pairs = compared.pop("pairs")
    if pairs is None:
        tests = [id for name in compared["sets"] for id in study.sample.sets[name]]
        pairs = chosen_pairs(study.catalogue.of(tests))
        if not pairs:
            study.notes.append("no two genera of a family are in the test sets, so no pairs are told apart")
    encoders = []
    for name in names:
        if name in study.refused:
            encoders.append({"name": name, "refused": study.refused[name]})
            continue
        own = {"pair_features": str(study.features(f"{name}-pairs"))} if compared["pair_data"] else {}
        encoders.append({"name": name, "features": str(study.features(name)), **own})
    study.progress.log("comparison")
    return compare(
        {
            **compared,
            "pairs": pairs,
            "encoders": encoders,
            "data": str(study.data),
            "sample": str(study.out / "sample"),
            "seed": study.settings["seed"],
        },
        study.out / "comparison",
        progress=study.progress,
    )

"""The steps of a study, each into a folder of its own; what is done is not done again.

OUT/study-config.json        what the study was told
OUT/pictures/                the drawn set, where no other is given
OUT/sample/                  which picture is in which set; unreadable.tsv
OUT/encoders/NAME/           the run of each encoder
OUT/features/NAME/           the features of the sample (NAME-pairs: of the pairs' own collection)
OUT/geometry/NAME/           silhouettes, map, channels
OUT/comparison/              identification, discrimination, mislabels
OUT/README.md, silhouettes.tsv, study.json    all of it; study.json last
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of
from training.config import ConfigError, first_difference
from training.data.errors import DataError
from training.progress import Progress, Silent
from training.reports import json_text, write_text
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.downstream.compare import compare
from training.representation.drawn import draw_half_earth
from training.representation.encoders.folder import Encoder, encoder_at
from training.representation.features.store import STORE_FILE, FeatureError, FeatureStore
from training.representation.geometry.report import REPORT_FILE, Options, run_geometry
from training.representation.sample import FACTS_FILE, Sample
from training.representation.sampling import sample, sample_nameless
from training.representation.study.config import resolved
from training.representation.study.pairs import chosen_pairs
from training.representation.study.pictures import unreadable
from training.representation.study.report import STUDY_FILE, write_study

CONFIG_FILE = "study-config.json"
FORMAT, VERSION = "vasculum-study", 1


@dataclass
class Study:
    """What the steps share. refused: encoder -> why it has no features. notes: what could not be done."""

    settings: Mapping[str, Any]
    out: Path
    progress: Progress
    data: Path
    catalogue: Catalogue
    sample: Sample
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [id for some in self.sample.sets.values() for id in some]

    def features(self, name: str) -> Path:
        return self.out / "features" / name


def run_study(
    config: Mapping[str, Any], data: Path | None, out: Path, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Do all steps and return what study.json holds.

    config: see study.config. data: the pictures with their taxa; None draws some into OUT/pictures. The same
    call goes on where one was stopped; the same config, pictures, machine and versions give the same tables.
    What one encoder, level or set lacks is said in its rows, and the rest goes on. Raises ConfigError,
    DataError where there is nothing to study or ``out`` holds another study; what ``progress.check`` raises.
    """
    settings = resolved(config)
    told_to = progress or Silent()
    _claim(out, settings, data)
    if data is None:
        told_to.log("pictures: drawn")
        folder = draw_half_earth(out / "pictures", seed=settings["seed"], **settings["drawn"])
    else:
        folder = Path(data)
    catalogue = open_catalogue(folder)
    study = Study(settings, out, told_to, folder, catalogue, _sample(settings, catalogue, out))
    broken = unreadable(catalogue, study.ids, out / "sample" / "unreadable.tsv", told_to)
    study.notes += [f"picture {id} is left out: {why}" for id, why in list(broken.items())[:10]]
    if more := len(broken) - 10:
        study.notes += [f"{more:,} more pictures are left out; all are in sample/unreadable.tsv"] * (more > 0)
    if not study.sample.facts["sets"]["train"]["species"]:
        study.notes.append(
            "no picture has a species and a genus: nothing is known to train on but the pictures themselves, "
            "and there is nothing to identify"
        )
    trained = {one["name"]: _network(study, one) for one in settings["encoders"]}
    for one in settings["encoders"]:
        _features(study, one)
    geometry = {one["name"]: _geometry(study, one) for one in settings["encoders"]}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "config": settings,
        "data": str(data) if data else None,
        "sample": study.sample.facts,
        "unreadable": broken,
        "encoders": trained,
        "refused": study.refused,
        "geometry": geometry,
        "comparison": _comparison(study),
        "notes": study.notes,
    }
    write_study(document, out)
    write_text(out / STUDY_FILE, json_text(document))
    return document


def _claim(out: Path, settings: Mapping[str, Any], data: Path | None) -> None:
    """A folder holds one study."""
    asked = json.loads(json.dumps({"data": str(data.resolve()) if data else None, **settings}))
    file = out / CONFIG_FILE
    if not file.is_file():
        write_text(file, json_text(asked))
        return
    found = json.loads(file.read_text(encoding="utf-8"))
    if difference := first_difference(found, asked):
        key, there, here = difference
        raise ConfigError(
            f"{out} holds another study: its {key} is {there!r}, asked for is {here!r}; choose another folder"
        )


def _sample(settings: Mapping[str, Any], catalogue: Catalogue, out: Path) -> Sample:
    folder = out / "sample"
    if (folder / FACTS_FILE).is_file():
        found = Sample.read(folder)
        if found.facts["catalogue_sha256"] != catalogue.sha256:
            raise DataError(f"{catalogue.root}: its records have changed since {folder} was drawn from them")
        return found
    options = settings["sample"]
    if any(one.species and one.genus for one in catalogue):
        drawn = sample(catalogue, **options, seed=settings["seed"])
    else:
        drawn = sample_nameless(
            catalogue,
            home_source=options["home_source"],
            image_share=options["image_share"],
            seed=settings["seed"],
        )
    drawn.write(folder)
    return Sample.read(folder)


def _network(study: Study, one: Mapping[str, Any]) -> dict[str, Any] | None:
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
            "leave_out": str(study.out / "sample" / "unreadable.tsv"),
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


def _features(study: Study, one: Mapping[str, Any]) -> None:
    """Of the sample, and of the pairs' own collection."""
    name = one["name"]
    if name in study.refused:
        return
    model = one.get("model") or study.out / "encoders" / name
    wanted: list[tuple[Path, Path, list[str]]] = [(study.data, study.features(name), study.ids)]
    compared = study.settings["compare"]
    if compared["pair_data"]:
        genera = {genus for pair in compared["pairs"] or () for genus in (pair["first"], pair["second"])}
        own = [record.id for record in open_catalogue(Path(compared["pair_data"])) if record.genus in genera]
        wanted.append((Path(compared["pair_data"]), study.features(f"{name}-pairs"), own))
    for pictures, store, ids in wanted:
        study.progress.check()
        try:
            if _complete(store, ids):
                continue
            study.progress.log(f"features of {name}: {store}")
            from training.representation.features.extract import extract

            done = extract(
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
        if done.failed:
            study.notes.append(f"{name}: {len(done.failed):,} pictures cannot be read and have no features")


def _complete(store: Path, ids: list[str]) -> bool:
    return (store / STORE_FILE).is_file() and not FeatureStore.read(store).missing(ids)


def _geometry(study: Study, one: Mapping[str, Any]) -> dict[str, Any] | None:
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


def _comparison(study: Study) -> dict[str, Any] | None:
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

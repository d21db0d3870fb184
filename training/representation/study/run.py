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
from pathlib import Path
from typing import Any

from training.config import ConfigError, first_difference
from training.data.errors import DataError
from training.progress import Progress, Silent
from training.reports import json_text, write_text
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.drawn import draw_half_earth
from training.representation.sample import FACTS_FILE, Sample
from training.representation.sampling import sample, sample_nameless
from training.representation.study.config import resolved
from training.representation.study.pictures import unreadable
from training.representation.study.report import STUDY_FILE, write_study
from training.representation.study.steps import (
    Study,
    compare_encoders,
    describe_geometry,
    make_features,
    network,
)

CONFIG_FILE = "study-config.json"
FORMAT, VERSION = "vasculum-study", 1


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
    # Pictures that are not there leave nothing behind that would stand for a study.
    catalogue = open_catalogue(Path(data)) if data is not None else None
    _claim(out, settings, data)
    folder = Path(data) if data is not None else out / "pictures"
    if catalogue is None:
        told_to.log("pictures: drawn")
        catalogue = open_catalogue(draw_half_earth(folder, seed=settings["seed"], **settings["drawn"]))
    study = Study(settings, out, told_to, folder, catalogue, _sample(settings, catalogue, out))
    broken = study.unreadable = unreadable(catalogue, study.ids, study.unreadable_file, told_to)
    study.notes += [f"picture {id} is left out: {why}" for id, why in list(broken.items())[:10]]
    if (more := len(broken) - 10) > 0:
        study.notes.append(f"{more:,} more pictures are left out; all are in sample/unreadable.tsv")
    if not study.sample.facts["sets"]["train"]["species"]:
        study.notes.append(
            "no picture has a species and a genus: nothing is known to train on but the pictures themselves, "
            "and there is nothing to identify"
        )
    trained = {one["name"]: network(study, one) for one in settings["encoders"]}
    for one in settings["encoders"]:
        make_features(study, one)
    geometry = {one["name"]: describe_geometry(study, one) for one in settings["encoders"]}
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
        "comparison": compare_encoders(study),
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

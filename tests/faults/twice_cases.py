"""A job of every kind, asked for as people do, with networks of a few weights: see `CASES`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from curation.models import (
    Aggregation,
    Batch,
    Evaluation,
    FeatureSet,
    Job,
    ModelVersion,
    Project,
    Release,
    Run,
)
from curation.services import deliveries
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.condition.evaluate import request_condition_evaluation
from curation.services.condition.request import request_screening
from curation.services.demo import request_demo
from curation.services.derive_corruptions import request_corruptions
from curation.services.download import request_download
from curation.services.export import request_export, request_verify
from curation.services.freeze import freeze
from curation.services.freeze_job import request_freeze
from curation.services.guidelines_reopen import Choice, newest_decision, request_reopen
from curation.services.ingest import request_ingest
from curation.services.jobs import create_job
from curation.services.models import import_model
from curation.services.preclassify import request_preclassify
from curation.services.projects import ensure_herbariograph
from curation.services.representation import request as found_by
from curation.services.runs.request import request_evaluation, request_run, request_soup
from tests.curation.condition.conftest import STAIN, condition_project, make_sheet
from tests.curation.fetching.server import Server, picture
from tests.curation.imports.lists import bring_in, jpeg, row, write_list
from tests.curation.releases.conftest import MakeGarden
from tests.factories import (
    make_candidate,
    make_decided,
    make_licence,
    make_project,
    make_source,
    make_user,
)
from tests.tiny_model import make_tiny_model

CLASSES = ("Class A", "Class B", "Class C")
NETWORK = {"build": {"width": 4, "blocks": [1], "expansion": 2}, "image_size": 32, "batch": 8, "patience": 2}
ON_SHEETS: dict[str, Any] = {
    **{"epochs": 1, "batch": 8, "patience": 1, "network": {"name": "cnn", "filters": [4]}},
    **{"schedule": {"name": "constant"}, "augment": {"ops": []}},
}
ENCODER = {"kind": "autoencoder", "image_size": 32, "load_size": 40, "filters": [64, 8], "blocks": [1, 1]}


class World:
    """What the jobs work on, made when it is first asked for."""

    def __init__(self, make_garden: MakeGarden, server: Server, folder: Path) -> None:
        self.garden = make_garden(key="flora")
        self.garden.fill(6, files=True)
        self.project = self.garden.project
        self.server, self.folder = server, folder
        self.lead = make_user("lead", username="lea")

    @cached_property
    def release(self) -> Release:
        return freeze(self.project, seed=7, name="first", train=3, test=1, validate=2)

    @cached_property
    def pictures(self) -> Path:
        folder = self.folder / "pictures"
        folder.mkdir()
        for n in range(5):
            (folder / f"{n}.jpg").write_bytes(jpeg(n))
        (folder / "torn.jpg").write_bytes(jpeg(9)[:400])
        return folder

    @cached_property
    def delivery(self) -> Batch:
        rows = [row(n, license="ask us") for n in range(5)]
        return deliveries.receive(
            write_list(self.folder, rows), project=self.project, source=make_source("I")
        )

    @cached_property
    def model(self) -> ModelVersion:
        return import_model(make_tiny_model(self.folder / "elsewhere", CLASSES), "tiny")

    @cached_property
    def features(self) -> FeatureSet:
        return FeatureSet.objects.get()

    @cached_property
    def sheets(self) -> Release:
        """8 training sheets and 4 for each of the others, one half stained."""
        project = condition_project()
        clean, bad = project.classes.order_by("index")
        for number in range(16):
            stained = number % 2 == 0
            sheet = make_sheet(number, STAIN if stained else None)
            make_decided(project, bad if stained else clean, self.lead, sheet)
        return freeze(project, seed=3, name="sheets-1", train=4, test=2, validate=2)

    def run(self, kind: str, config: dict[str, Any], **fields: Any) -> Job:
        return request_run(self.project, self.release, kind, config, self.lead, **fields).job

    def run_on_sheets(self, kind: str, config: dict[str, Any], name: str) -> Job:
        release = self.sheets
        return request_run(release.project, release, kind, ON_SHEETS | config, self.lead, name=name).job

    def project_of(self, decided: int, waiting: int = 0) -> Project:
        """One that nothing else uses."""
        project = make_project(2)
        label = project.classes.order_by("index")[0]
        for _ in range(decided):
            make_decided(project, label, self.lead)
        for _ in range(waiting):
            make_candidate(project)
        return project


def of_batch(batch: Batch) -> Job:
    assert batch.job is not None
    return batch.job


def ingest(world: World) -> Job:
    shared = {"source": make_source("P"), "licence": make_licence()}
    return of_batch(request_ingest(world.pictures, project=world.project, **shared))


def check(world: World) -> Job:
    return deliveries.request_check(world.delivery)


def imported(world: World) -> Job:
    world.delivery.refresh_from_db()
    return deliveries.request_import(world.delivery)


def download(world: World) -> Job:
    for n in range(20, 23):
        world.server.on(f"/{n}.jpg", picture(jpeg(n)))
    rows = [row(n) for n in range(20, 24)]  # the last one is not there
    bring_in(write_list(world.folder, rows, "wanted.tsv"), project=world.project, source=make_source("I"))
    return request_download()


def group(world: World) -> Job:
    return create_job("group", "Group", params={})


def derived(world: World) -> Job:
    a, b, _c = world.garden.classes
    return request_corruptions(world.project, 2, 7, label=a, proposed=b)


def demo(world: World) -> Job:
    return request_demo(ensure_herbariograph()[0], per_class=1, short_side=120)


def preclassified(world: World) -> Job:
    return request_preclassify(world.project, world.model, world.lead)


def agreement(world: World) -> Job:
    return request_agreement(world.project, world.lead)


def aggregated(world: World) -> Job:
    return request_aggregation(world.project, world.lead, Aggregation.Method.DAWID_SKENE)


def settled(world: World) -> Job:
    project = world.project_of(decided=2, waiting=1)
    return create_job("settle", "Count anew", params={"project": project.key})


def sent_back(world: World) -> Job:
    project = world.project_of(decided=3)
    labels = (project.classes.order_by("index")[0].pk,)
    choice = Choice(2**31 - 1, labels, last=newest_decision(project))
    return request_reopen(world.lead, project, choice, "looked at anew")


def frozen(world: World) -> Job:
    return request_freeze(world.project, seed=2, name="second", train=2, test=1, validate=1)


def exported(world: World) -> Job:
    job = request_export(world.release, "dryad", acknowledged=True).job
    assert job is not None
    return job


def export_checked(world: World) -> Job:
    return request_verify(world.release.exports.get())


def trained(world: World) -> Job:
    return world.run("train", NETWORK | {"epochs": 2, "keep_checkpoints": "all"}, name="trained")


def distilled(world: World) -> Job:
    return world.run("distill", NETWORK | {"epochs": 1}, name="distilled", started_from=world.model)


def soup(world: World) -> Job:
    return request_soup(Run.objects.get(name="trained"), world.lead, {"percentile": 0}).job


def evaluated(world: World) -> Job:
    return request_evaluation(world.model, world.release, "validate", world.lead).job


def encoder(world: World) -> Job:
    return world.run("encode", ENCODER | {"epochs": 1, "batch": 4}, name="encoder")


def tiles(world: World) -> Job:
    return world.run_on_sheets("tiles", {"size": 64, "stride": 64, "most_per_sheet": 8}, "tile-net")


def whole_sheets(world: World) -> Job:
    return world.run_on_sheets("sheets", {"image_size": 64}, "sheet-net")


def both_evaluated(world: World) -> Job:
    nets = [ModelVersion.objects.get(name=name) for name in ("tile-net", "sheet-net")]
    run = request_condition_evaluation(*nets, world.sheets, "test", world.lead)
    assert not Evaluation.objects.filter(run=run).exists()
    return run.job


def screened(world: World) -> Job:
    nets = [ModelVersion.objects.get(name=name) for name in ("tile-net", "sheet-net")]
    return request_screening(world.sheets.project, *nets, world.lead)


def features(world: World) -> Job:
    return found_by.request_features(world.project, world.model, world.lead)


def drawn_map(world: World) -> Job:
    return found_by.request_map(world.features, world.lead)


def doubts(world: World) -> Job:
    return found_by.request_doubts(world.features, world.lead)


def outliers(world: World) -> Job:
    return found_by.request_outliers(world.features, world.lead)


def near(world: World) -> Job:
    return found_by.request_near(world.features, world.lead, 0.5)


# In an order in which each finds what it works on.
CASES: dict[str, tuple[Callable[[World], Job], ...]] = {
    "ingest": (ingest,),
    "check": (check,),
    "import": (imported,),
    "download": (download,),
    "group": (group,),
    "freeze": (frozen,),
    "export": (exported, export_checked),
    "agreement": (agreement,),
    "aggregate": (aggregated,),
    "settle": (settled,),
    "reopen": (sent_back,),
    "derive": (derived,),
    "demo": (demo,),
    "preclassify": (preclassified,),
    "train": (trained,),
    "distill": (distilled,),
    "soup": (soup,),
    "tiles": (tiles,),
    "sheets": (whole_sheets,),
    "evaluate": (evaluated, both_evaluated),
    "encode": (encoder,),
    "screen": (screened,),
    "features": (features,),
    "map": (drawn_map,),
    "doubts": (doubts,),
    "outliers": (outliers,),
    "near": (near,),
}

"""Acts on runs, models, screenings, features and what is found by them: see acts.py."""

from __future__ import annotations

from curation.models import FeatureSet, ModelVersion, Outlier, User
from curation.selectors import near_pairs as near_rows
from tests.curation.condition.conftest import Sheets
from tests.curation.representation import test_near, test_outliers, test_pages
from tests.curation.representation.conftest import Planted
from tests.curation.runs.conftest import MakeRun
from tests.curation.runs.test_encoders import sent
from tests.security.acts import Act


def of_runs(make_run: MakeRun, model: ModelVersion) -> list[Act]:
    run, running, failed = make_run(), make_run("goes-on", "running"), make_run("broken", "failed")
    model.run, model.training_release = run, run.release
    model.save()
    mine, on, ended = ({"name": each.name} for each in (run, running, failed))
    asked = {"release": run.release.name, "split": "validate"}
    config = {"kind": "autoencoder", "image_size": 32}
    of_model = {"name": model.name}
    return [
        Act("run_new", {}, sent("autoencoder", config, release=run.release.name), "run.start"),
        Act("run_cancel", on, {}, "job.cancel"),
        Act("run_resume", ended, {}, "job.resume"),
        Act("run_soup", mine, {}, "run.start"),
        Act("model_evaluate", of_model, asked, "run.start"),
        Act("preclassify", {"key": run.project.key}, {"model": model.name}, "job.start"),
        Act(
            "api_runs",
            {},
            {"release": run.release.name, "kind": "encode", "config": config},
            "run.start",
            "post",
        ),
        Act("api_run_cancel", on, {}, "job.cancel", "post"),
        Act("api_run_resume", ended, {}, "job.resume", "post"),
        Act("api_run_soup", mine, {}, "run.start", "post"),
        Act("api_evaluate", of_model, asked, "run.start", "post"),
        Act("api_preclassify", {"key": run.project.key}, {"model": model.name}, "job.start", "post"),
    ]


def of_sheets(sheets: Sheets) -> list[Act]:
    here = {"key": sheets.project.key}
    return [
        Act("condition_start", here, {"tile_model": sheets.tiles.name}, "job.start"),
        Act("api_screenings", here, {"tile_model": sheets.tiles.name}, "job.start", "post"),
    ]


def of_features(planted: Planted) -> list[Act]:
    test_pages.search(planted)
    here = {"key": planted.project.key}
    return [
        Act("representation_start", here, {"what": "map"}, "job.start"),
        Act("representation_start", here, {"what": "doubts"}, "job.start"),
        Act("doubts_send", here, {"n": "2"}, "doubts.send"),
        Act("api_features_search", {"pk": planted.features.pk}, {"what": "map"}, "job.start", "post"),
        Act("api_doubts", here, {"n": 2}, "doubts.send", "post"),
    ]


def of_outliers(strays: Planted) -> list[Act]:
    here = {"key": strays.project.key}
    job = test_outliers.searched(strays)
    assert Outlier.objects.filter(job=job).exists()
    return [
        Act("outliers_start", here, {}, "job.start"),
        Act("outliers_send", here, {"n": "2"}, "outliers.send"),
        Act("api_outliers", here, {"n": 2}, "outliers.send", "post"),
    ]


def of_pairs(alike: FeatureSet, lead: User) -> list[Act]:
    test_near.search(alike, lead)
    key = alike.project.key
    one = near_rows.pair_views(alike.project, near_rows.open_pairs(alike))[0]
    pair = {"pair": one.pair.pk, "project": key}
    seen = {"seen_first": one.sides[0].seen, "seen_second": one.sides[1].seen}
    return [
        Act("near_pairs_start", {}, {"project": key}, "job.start"),
        Act("near_pairs_say", {}, pair | seen | {"do": "same"}, "near.same"),
        Act("near_pairs_say", {}, pair | {"do": "different"}, "near.different"),
        Act("api_near_pairs", {"key": key}, {"distance": 0.01}, "job.start", "post"),
        Act("api_near_pair", {"pk": one.pair.pk}, {"verdict": "different"}, "near.different", "post"),
    ]

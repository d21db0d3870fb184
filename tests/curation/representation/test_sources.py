"""What features can be made with: classifiers at a layer of theirs, encoders at their output; and the map of
each set of features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.errors import Refused
from curation.models import FeatureSet, Job, ModelVersion, Project
from curation.selectors.representation import usable_models
from curation.services.encoders import import_encoder
from curation.services.model_layers import feature_layers, layers_of
from curation.services.models import import_model
from curation.services.progress import NullProgress
from curation.services.representation import features
from curation.services.representation.places import POINT, folder_of_set
from curation.services.representation.request import request_features
from tests.curation.conftest import AsRole
from tests.curation.preclassify.conftest import make_pictures, tiny  # noqa: F401
from tests.curation.representation.conftest import Planted, draw_map, plant
from tests.factories import make_model, make_project, make_user

pytestmark = pytest.mark.django_db
CLASSES = ["Class A", "Class B", "Class C"]


@pytest.fixture
def two_heads(tmp_path: Path) -> ModelVersion:
    """A classifier without `output_gap`: pooled, a dense layer, logits."""
    from inference.export_engine import save_model_folder
    from training.backend import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(4, 3, strides=4, name="conv"),
            layers.GlobalAveragePooling2D(name="pooled"),
            layers.Dense(6, name="hidden"),
            layers.Dropout(0.1, name="dropped"),
            layers.Dense(3, name="logits"),
        ]
    )
    return import_model(save_model_folder(model, tmp_path, "heads", CLASSES, openvino=False), "heads")


@pytest.fixture
def encoder(tmp_path: Path) -> ModelVersion:
    from training.representation.encoders.folder import save_encoder
    from training.representation.encoders.resnet import build_resnet18

    network = build_resnet18(32, filters=[64, 8], blocks=[1, 1], seed=1)
    save_encoder(network, tmp_path / "encoder", name="eye", kind="triplet")
    return import_encoder(tmp_path / "encoder", "eye")


def made(project: Project, model: ModelVersion, layer: str = "") -> FeatureSet:
    job = request_features(project, model, make_user("lead"), layer)
    result = features.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state="done")
    return FeatureSet.objects.get(pk=result["features"])


def test_each_model_gives_features_at_its_layer(
    make_pictures: Any,  # noqa: F811
    tiny: Any,  # noqa: F811
    two_heads: ModelVersion,
    encoder: ModelVersion,
) -> None:
    project = make_project(3, key="flora")
    make_pictures(project, 9)
    assert feature_layers(tiny(CLASSES)) == ["output_gap"]
    assert feature_layers(two_heads) == ["hidden", "pooled"] and feature_layers(encoder) == []
    offered = {value for value, _words in usable_models()}
    assert offered == {"tiny", "eye", "heads", "heads/pooled"}
    for model, layer, kept, dimension, folder in (
        (two_heads, "", "hidden", 6, "flora/heads/hidden"),
        (two_heads, "pooled", "pooled", 4, "flora/heads/pooled"),
        (encoder, "", "", 8, "flora/eye/output"),
    ):
        found = made(project, model, layer)
        assert (found.layer, found.dimension, found.folder) == (kept, dimension, folder)
        assert found.pictures == 9 and folder_of_set(found).is_dir()
    # Asked again for what is there, nothing is made anew.
    assert made(project, encoder).pk == FeatureSet.objects.get(layer="").pk
    assert FeatureSet.objects.count() == 3


def test_a_layer_that_cannot_be_taken_is_refused_naming_those_that_can(
    make_pictures: Any,  # noqa: F811
    two_heads: ModelVersion,
    encoder: ModelVersion,
) -> None:
    project, lead = make_project(3), make_user("lead")
    make_pictures(project, 2)
    with pytest.raises(Refused, match="'nowhere' must be one of heads; .*: hidden, pooled"):
        request_features(project, two_heads, lead, "nowhere")
    with pytest.raises(Refused, match="eye is an encoder: its features are its output"):
        request_features(project, encoder, lead, "features")
    # That a layer gives no vector is known to the network alone: the job says so.
    assert "conv" in {one.name for one in layers_of(two_heads)}
    job = request_features(project, two_heads, lead, "conv")
    with pytest.raises(Refused, match="must give a vector a picture, .*: pooled, hidden"):
        features.run(job, NullProgress())
    assert not FeatureSet.objects.exists()
    # A file that was exchanged is refused before the job begins.
    from curation.services.runs.places import path_of_model

    (path_of_model(encoder) / "encoder.keras").write_bytes(b"other")
    with pytest.raises(Refused, match="SHA-256 must be"):
        request_features(project, encoder, lead)


@pytest.fixture
def two_sets(planted: Planted) -> tuple[FeatureSet, FeatureSet]:
    """Both with a map; the second drawn last, and of other places."""
    first = draw_map(planted)
    other = make_model([], name="other")
    ModelVersion.objects.filter(pk=other.pk).update(kind="encoder")
    second = plant(planted.project, other, planted.candidates, planted.vectors[::-1])
    FeatureSet.objects.filter(pk=second.pk).update(layer="")
    planted.features = second
    draw_map(planted, planted.vectors[::-1])
    second.refresh_from_db()
    return first, second


def test_the_page_says_whose_map_it_is_and_switches(
    two_sets: tuple[FeatureSet, FeatureSet], as_role: AsRole
) -> None:
    first, second = two_sets
    client, url = as_role("reader"), reverse("map", args=["flora"])
    page = client.get(url).content.decode()
    assert "pictures as other sees them" in page
    assert f'<a href="?features={second.pk}" aria-current="true">other</a>' in page
    assert f'<a href="?features={first.pk}">eye</a>' in page
    page = client.get(url, {"features": first.pk}).content.decode()
    assert "pictures as eye sees them" in page and f"&amp;features={first.pk}" in page
    points, groups = reverse("map_points", args=["flora"]), reverse("map_groups", args=["flora", "class"])
    for one in two_sets:
        found = np.frombuffer(client.get(points, {"features": one.pk}).content, POINT)
        stored = np.fromfile(folder_of_set(one) / one.map_file, POINT)
        assert (found == stored).all()
        head = client.get(groups, {"features": one.pk}).content.split(b"\n")[0]
        assert one.map_sha256.encode() in head
    stranger = FeatureSet.objects.create(
        project=make_project(2),
        model=first.model,
        layer="x",
        dimension=1,
        folder="x",
        near="n",
        job=first.job,
    )
    for wrong in (stranger.pk, 0, "x", "9" * 30):
        for address in (url, points, groups):
            assert client.get(address, {"features": wrong}).status_code == 404


def test_a_set_without_a_map_offers_to_draw_it(
    two_sets: tuple[FeatureSet, FeatureSet], as_role: AsRole
) -> None:
    first, second = two_sets
    FeatureSet.objects.filter(pk=second.pk).update(map_file="", map_sha256="", map_job=None)
    lead, url = as_role("lead"), reverse("map", args=["flora"])
    page = lead.get(url, {"features": second.pk}).content.decode()
    assert "There is no map yet" in page and "60 pictures have features by other" in page
    assert lead.get(reverse("map_points", args=["flora"]), {"features": second.pk}).status_code == 404
    start = reverse("representation_start", args=["flora"])
    answer = lead.post(start, {"what": "map", "features": first.pk})
    assert answer["Location"] == f"{url}?features={first.pk}"
    assert Job.objects.get(kind="map", state="queued").params == {"features": first.pk}
    assert lead.post(start, {"what": "map", "features": "0"}).status_code == 404


def test_the_page_takes_as_many_queries_for_many_sets(
    two_sets: tuple[FeatureSet, FeatureSet], planted: Planted, as_role: AsRole
) -> None:
    client, url = as_role("lead"), reverse("map", args=["flora"])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(4):
        plant(planted.project, make_model([], name=f"more-{n}"), planted.candidates, planted.vectors)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).content.count(b"?features=") >= 6
    assert len(many) == len(few)

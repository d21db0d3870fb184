"""Encoders in the browser: what a run of one needs, how it is started, and where its model may stand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from curation.errors import Refused
from curation.models import AuditEntry, ModelVersion, Release, Run
from curation.selectors.evaluations import releases_for
from curation.selectors.models import model_view
from curation.services.encoders import check_files, encoder_of, import_encoder
from curation.services.models import folder_of, import_model
from curation.services.preclassify import request_preclassify
from curation.services.progress import NullProgress
from curation.services.runs import data
from curation.services.runs.config import checked
from curation.services.runs.encoders import names_of, parts, weights_here
from curation.services.runs.presets import BY_KEY, text_of
from curation.services.runs.register import best, register_encoder
from curation.services.runs.request import request_evaluation, request_run, request_soup
from curation.services.runs.sample import ready_sample
from curation.services.runs.toml_text import to_toml
from tests.curation.conftest import AsRole
from tests.curation.releases.conftest import text
from tests.curation.runs.conftest import GENERA, MakeRun
from tests.encoder_folder import write_encoder
from tests.factories import make_model, make_user
from training.representation.encoders.config import resolve
from training.representation.encoders.data import open_data

pytestmark = pytest.mark.django_db
TRIPLET: dict[str, Any] = {"kind": "triplet", "image_size": 32, "epochs": 2, "batch": 4}


@pytest.fixture
def encoder(tmp_path: Path, db: None) -> ModelVersion:
    return import_encoder(write_encoder(tmp_path / "elsewhere"), "eye")


def sent(preset: str, config: dict[str, Any], **fields: str) -> dict[str, str]:
    told = {"release": "named", "preset": preset, "was-preset": preset, "name": "mine", "step": "start"}
    return told | {"config": to_toml(config), **fields}


def test_a_run_of_an_encoder_is_a_row_and_a_job(named: Release) -> None:
    run = request_run(named.project, named, "encode", TRIPLET)
    assert (run.name, run.kind, run.config) == ("named-encode-1", "encode", TRIPLET)
    assert (run.job.kind, run.job.queue) == ("encode", "gpu")
    assert request_run(named.project, named, "encode", TRIPLET) == run


@pytest.mark.parametrize("kind", ["autoencoder", "triplet", "classifier"])
def test_presets_are_the_published_values(kind: str) -> None:
    found = tomllib.loads(text_of(BY_KEY[kind]))
    assert checked("encode", found) == found
    assert resolve({**found, "data": "-"}) == resolve({"kind": kind, "data": "-"})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"kind": "gan"}, "kind must be a text, one of autoencoder, triplet, classifier, got 'gan'"),
        ({"level": "phylum"}, "level must be"),
        ({"validation_share": 0.7}, "validation_share must be a number, more than 0, at most 0.5, got 0.7"),
        ({"patience": 3}, "patience must be left out"),
        ({"augment": {"ops": [{"name": "melt"}]}}, "augment: .*melt"),
        ({"optimizer": {"name": "magic"}}, "optimizer: name must be one of"),
        ({"catalogue": "/etc"}, "catalogue must not be given here"),
        ({"leave_out": "/etc/passwd"}, "leave_out must not be given here"),
        ({"data": "/etc"}, "data must not be given here"),
    ],
)
def test_a_wrong_configuration_is_refused_by_key_rule_and_value(config: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        checked("encode", TRIPLET | config)


def test_names_are_those_of_the_training_pictures(named: Release) -> None:
    found = names_of(named)
    assert {level: len(found[level]) for level in found} == {
        "species": 6,
        "genus": 3,
        "family": 0,
        "order": 0,
    }
    assert sum(found["genus"].values()) == 9
    assert parts(named, TRIPLET) == (6, 3)
    assert parts(named, {"kind": "autoencoder"}) == (7, 2)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"level": "order"}, "at least 2 names at the level order; .* have 0. Choose .* .species, genus"),
        ({"kind": "classifier", "level": "family"}, "classifier needs pictures of at least 2 names"),
        # Of two pictures of a species a tenth is none: there is nothing to make triplets to validate of.
        ({"level": "species", "validation_share": 0.1}, "0 have enough pictures for a share of 0.1"),
    ],
)  # fmt: skip
def test_what_a_release_has_not_is_refused_before_a_job_is_made(
    named: Release, config: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        request_run(named.project, named, "encode", TRIPLET | config)
    assert not Run.objects.exists()


def test_without_names_only_an_autoencoder_can_be_trained(release: Release, as_role: AsRole) -> None:
    for kind in ("triplet", "classifier"):
        with pytest.raises(Refused, match="first have 0. The autoencoder needs no names."):
            request_run(release.project, release, "encode", {**TRIPLET, "kind": kind})
    client, url = as_role("lead"), reverse("run_new")
    page = text(client, f"{url}?preset=triplet")
    assert "are of 0 species, 0 genera, 0 families, 0 orders" in page
    answer = client.post(url, sent("triplet", TRIPLET, release="first", step="check"))
    assert answer.status_code == 400 and "The autoencoder needs no names." in answer.content.decode()
    config = {"kind": "autoencoder", "image_size": 32}
    answer = client.post(url, sent("autoencoder", config, release="first", step="check"))
    assert answer.status_code == 200
    assert "It learns from 7 training pictures and is judged on 2" in answer.content.decode()
    assert client.post(url, sent("autoencoder", config, release="first")).status_code == 302
    assert Run.objects.get().kind == "encode"


def test_weights_lie_in_the_models_directory(named: Release) -> None:
    root = Path(settings.MODELS_DIR)
    (root / "keras-preset").mkdir(parents=True)
    (root / "keras-preset/config.json").write_text("{}")
    (root / "keras-preset/model.weights.h5").write_bytes(b"")
    (root / "resnet.weights.h5").write_bytes(b"")
    (root / "notes.txt").write_text("")
    write_encoder(root / "eye")
    assert weights_here() == ["eye", "keras-preset", "resnet.weights.h5"]
    for wrong in ("../secret.weights.h5", "/etc/passwd", "notes.txt", "preset:other"):
        with pytest.raises(Refused, match="weights must be empty, preset:resnet_18_imagenet, or lie in the"):
            request_run(named.project, named, "encode", TRIPLET | {"weights": wrong})
    for right in ("", "preset:resnet_18_imagenet", "keras-preset", "resnet.weights.h5", "eye"):
        request_run(named.project, named, "encode", TRIPLET | {"weights": right})


def test_fields_and_text_of_an_encoder_say_the_same(named: Release, as_role: AsRole) -> None:
    client, url = as_role("lead"), reverse("run_new")
    page = text(client, f"{url}?preset=triplet")
    assert 'name="level"' in page and 'name="latent"' not in page and 'name="width"' not in page
    assert "are of 6 species, 3 genera" in page
    changed = sent("triplet", TRIPLET, step="check", level="species")
    changed |= {"was-level": "genus", "validation_share": "0.5", "was-validation_share": "0.2"}
    page = client.post(url, changed).content.decode()
    assert "level = &quot;species&quot;" in page and "validation_share = 0.5" in page
    # What the page does not show keeps what the text says of it.
    config = TRIPLET | {"latent": 64, "kind": "autoencoder"}
    client.post(url, sent("triplet", config, **{"was-latent": "64"}))
    assert Run.objects.get().config["latent"] == 64


def test_pictures_are_written_once_and_only_the_training_ones_are_learnt_from(named: Release) -> None:
    folder = data.ready_data(named, NullProgress(), data.PICTURES)
    assert folder == Path(settings.RUNS_DATA_DIR) / "named-imagefolder"
    assert data.fault(folder, named) is None
    made = folder.stat().st_mtime_ns
    assert data.ready_data(named, NullProgress(), data.PICTURES).stat().st_mtime_ns == made
    sample = ready_sample(named, folder)
    found = open_data(resolve({**TRIPLET, "data": str(sample), "catalogue": str(folder)}))
    train = set(named.members.filter(split="train").values_list("sha256", flat=True))
    assert {path.stem for path in found.paths} == train and found.classes == tuple(GENERA)
    # The rule of the page is that of the job.
    assert (len(found.train), len(found.validation)) == parts(named, TRIPLET)
    before = [(one.name, one.read_bytes()) for one in sorted(sample.iterdir())]
    ready_sample(named, folder)
    assert [(one.name, one.read_bytes()) for one in sorted(sample.iterdir())] == before


def test_an_autoencoder_takes_pictures_without_a_name(release: Release) -> None:
    folder = data.ready_data(release, NullProgress(), data.PICTURES)
    told = {
        **TRIPLET,
        "kind": "autoencoder",
        "data": str(ready_sample(release, folder)),
        "catalogue": str(folder),
    }
    found = open_data(resolve(told))
    assert (len(found.train), len(found.validation)) == (7, 2) and found.facts["classes"] == []


def test_the_epoch_of_an_encoder_is_the_one_that_is_kept(make_run: MakeRun) -> None:
    lines = [{"stage": 1, "epoch": n, "val_loss": loss, "val_macro_f1": f1}
             for n, loss, f1 in ((1, 0.3, 0.9), (2, 0.1, 0.5), (3, 0.2, 0.7))]  # fmt: skip
    last = make_run("a", metrics=lines, kind="encode", config={"kind": "classifier"})
    lowest = make_run("b", metrics=lines, kind="encode", config={"kind": "classifier", "keep": "best"})
    assert (best(last)["epoch"], best(lowest)["epoch"]) == (3, 2)


def test_an_encoder_is_registered_by_its_run_and_safe_to_do_again(make_run: MakeRun) -> None:
    run = make_run("first-encode-1", kind="encode", config=TRIPLET)
    write_encoder(Path(settings.RUNS_DIR) / run.folder / "encoder", run.name)
    model = register_encoder(run)
    assert register_encoder(run) == model and ModelVersion.objects.count() == 1
    assert (model.kind, model.classes, model.image_size, model.parameters) == ("encoder", [], 32, 1234)
    assert (model.run, model.training_release) == (run, run.release)
    assert model.metrics == {"validate_loss": 0.25, "validate_right": 0.75}
    assert AuditEntry.objects.filter(action="run.done").count() == 1  # told once
    check_files(model)
    file = Path(settings.MODELS_DIR) / model.folder / "encoder.keras"
    file.write_bytes(b"damaged")
    with pytest.raises(Refused, match="SHA-256 must be"):
        check_files(model)
    # One that is whole, but another, is told by its description.
    write_encoder(file.parent, "another")
    with pytest.raises(Refused, match=r"SHA-256 of .*encoder\.json must be"):
        check_files(model)
    # Done again it is made whole from the run.
    register_encoder(run)
    check_files(model)


def test_another_model_of_the_name_is_refused(encoder: ModelVersion, tmp_path: Path) -> None:
    assert import_encoder(tmp_path / "elsewhere", "eye") == encoder
    with pytest.raises(Refused, match="already another model named eye"):
        import_encoder(write_encoder(tmp_path / "other", licence="GPL"), "eye")
    make_model(["A"], name="classes")
    with pytest.raises(Refused, match="already another model named classes"):
        import_encoder(tmp_path / "elsewhere", "classes")
    with pytest.raises(Refused, match="already an encoder named eye"):
        import_model(tmp_path, "eye")
    with pytest.raises(Refused, match="has no encoder"):
        import_encoder(tmp_path, "nothing")
    encoder_of(encoder)


def test_the_command_line_brings_an_encoder_in(tmp_path: Path, capsys: Any) -> None:
    call_command("import_model", write_encoder(tmp_path / "run/encoder").parent, name="eye")
    assert "an encoder, 1,234 parameters" in capsys.readouterr().out
    assert ModelVersion.objects.get().kind == "encoder"


def test_encoders_stand_nowhere_where_a_classifier_is_chosen(
    named: Release, encoder: ModelVersion, as_role: AsRole, make_run: MakeRun
) -> None:
    from curation.forms.runs import RunForm
    from curation.services.demo import _suggest
    from curation.services.setup import has_model

    ModelVersion.objects.filter(pk=encoder.pk).update(classes=["Class A", "Class B", "Class C"])
    encoder.refresh_from_db()
    assert encoder.name not in RunForm().models
    assert not has_model()
    assert releases_for(encoder) == [] and model_view(encoder).uses == []
    for asked in (
        lambda: request_preclassify(named.project, encoder),
        lambda: request_evaluation(encoder, named, "validate"),
        lambda: request_run(named.project, named, "distill", {"epochs": 1}, started_from=encoder),
        lambda: request_run(named.project, named, "train", {"epochs": 1}, started_from=encoder),
    ):  # fmt: skip
        with pytest.raises(Refused, match="A classifier is needed here; eye is of the kind “Encoder”"):
            asked()
    with pytest.raises(Refused, match="is an encoder"):
        folder_of(encoder)
    run = make_run("first-encode-1", kind="encode", config=TRIPLET)
    with pytest.raises(Refused, match="only training and distillation"):
        request_soup(run)
    _suggest(named.project, make_user("admin"), NullProgress())
    tiles = make_model(["Class A", "Class B", "Class C"], name="tiles")
    ModelVersion.objects.filter(pk=tiles.pk).update(kind="tiles")
    tiles.refresh_from_db()
    assert tiles.name not in RunForm().models and model_view(tiles).uses == [] and not has_model()
    with pytest.raises(Refused, match="of the kind “Classifier of tiles”"):
        request_preclassify(named.project, tiles)
    page = text(as_role("lead"), reverse("models"))
    assert "Pre-classify" not in page and "8 features of a picture; trained as triplet" in page


def test_the_pages_of_an_encoder_say_what_it_is_for(
    encoder: ModelVersion, make_run: MakeRun, as_role: AsRole
) -> None:
    lines = [
        {"stage": 1, "epoch": n, "train_loss": 1 / n, "val_loss": 2 / n, "val_right": n / 4} for n in (1, 2)
    ]
    run = make_run("first-encode-1", kind="encode", config=TRIPLET, metrics=lines)
    ModelVersion.objects.filter(pk=encoder.pk).update(run=run, training_release=run.release)
    lead, reader = as_role("lead"), as_role("reader")
    start = reverse("representation_start", args=[run.project.key])
    for page in (text(lead, reverse("run", args=[run.name])), text(lead, reverse("model", args=["eye"]))):
        assert f'action="{start}"' in page and "Make features with it" in page
        assert "Evaluate on" not in page and "Pre-classify" not in page and "Make a soup" not in page
    page = text(reader, reverse("model", args=["eye"]))
    assert "It names no class" in page and "8 features, 1,234 parameters" in page
    assert "75.00 %" in page and "no features yet" in page and start not in page
    page = text(reader, reverse("run", args=[run.name]))
    assert 'data-curve="right"' in page and 'data-curve="f1"' not in page
    assert "loss on validation 1.0000 after epoch 2" in page and "50.00 %" in page
    assert '"val_right": [0.25, 0.5]' in page

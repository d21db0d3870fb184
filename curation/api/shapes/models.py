"""Models, runs, evaluations, screenings and their scores."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.models import Evaluation, ModelVersion, Run, Screening, SheetScore, Split


class ModelOut(serializers.ModelSerializer[ModelVersion]):
    training_release = serializers.SlugField(source="training_release.name", allow_null=True, default=None)
    run = serializers.SlugField(source="run.name", allow_null=True, default=None)
    classes = serializers.ListField(child=serializers.CharField())
    metrics = serializers.DictField()

    class Meta:
        model = ModelVersion
        fields = [
            *("name", "kind", "manifest_sha256", "classes", "image_size", "parameters", "training_release"),
            *("run", "metrics", "created_at"),
        ]


class RunOut(serializers.ModelSerializer[Run]):
    project = serializers.SlugField(source="project.key")
    release = serializers.SlugField(source="release.name")
    state = serializers.CharField(source="job.state")
    job = serializers.IntegerField(source="job_id")
    started_from = serializers.SlugField(source="started_from.name", allow_null=True, default=None)
    parent = serializers.SlugField(  # type: ignore[assignment]
        source="parent.name", allow_null=True, default=None
    )
    model = serializers.SlugField(source="model.name", allow_null=True, default=None)
    config = serializers.DictField()
    summary = serializers.DictField(help_text="Its best epoch.")

    class Meta:
        model = Run
        fields = [
            *("name", "project", "release", "kind", "state", "job", "started_from", "parent", "model"),
            *("config", "summary", "data_sha256", "git_revision", "created_at"),
        ]


RUN_KINDS = [kind for kind in Run.Kind if kind not in (Run.Kind.EVALUATE, Run.Kind.SOUP)]


class RunIn(serializers.Serializer[Any]):
    release = serializers.SlugField(max_length=80)
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in RUN_KINDS])
    config = serializers.DictField(help_text="Of the run, as `python -m training` takes it, without paths.")
    name = serializers.SlugField(max_length=80, required=False)
    started_from = serializers.SlugField(
        max_length=80, required=False, help_text="Model that it begins with or learns from."
    )


class EvaluationOut(serializers.ModelSerializer[Evaluation]):
    model = serializers.SlugField(source="model.name")
    release = serializers.SlugField(source="release.name")
    run = serializers.SlugField(source="run.name")
    metrics = serializers.DictField()

    class Meta:
        model = Evaluation
        fields = ["id", "model", "release", "split", "run", "metrics", "created_at"]


class EvaluateIn(serializers.Serializer[Any]):
    release = serializers.SlugField(max_length=80)
    split = serializers.ChoiceField(choices=Split.choices)
    sheet_model = serializers.SlugField(
        max_length=80, required=False, help_text="Of whole sheets, beside a model of tiles."
    )


class PreclassifyIn(serializers.Serializer[Any]):
    model = serializers.SlugField(max_length=80)


class ScreeningOut(serializers.ModelSerializer[Screening]):
    project = serializers.SlugField(source="project.key")
    tile_model = serializers.SlugField(source="tile_model.name")
    sheet_model = serializers.SlugField(source="sheet_model.name", allow_null=True, default=None)
    job = serializers.IntegerField(source="job_id")
    state = serializers.CharField(source="job.state")
    facts = serializers.DictField()

    class Meta:
        model = Screening
        fields = ["id", "project", "tile_model", "sheet_model", "job", "state", "facts", "created_at"]


class ScreenIn(serializers.Serializer[Any]):
    tile_model = serializers.SlugField(max_length=80)
    sheet_model = serializers.SlugField(max_length=80, required=False)


class ScoreOut(serializers.ModelSerializer[SheetScore]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    source = serializers.CharField(source="candidate.image.source.code")  # type: ignore[assignment]

    class Meta:
        model = SheetScore
        fields = [
            *("id", "candidate", "picture", "source", "sound_mean", "condition_share", "condition_max"),
            *("sheet_sound", "tiles", "entropy"),
        ]

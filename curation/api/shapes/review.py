"""What the review pages are given, described for the schema; curation.selectors make it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ClaimsOut(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.DictField(), help_text="The pictures claimed.")
    queue = serializers.DictField(required=False, help_text="Why there is none.")


class HeartbeatOut(serializers.Serializer[Any]):
    held = serializers.ListField(child=serializers.IntegerField(), help_text="Candidates still held.")
    decided = serializers.DictField(
        child=serializers.IntegerField(), help_text="Key of the class -> pictures."
    )
    classes = serializers.CharField(help_text="Version of the classes.")
    class_rows = serializers.ListField(child=serializers.DictField(), required=False)
    keyboard = serializers.DictField(required=False)


class FreedOut(serializers.Serializer[Any]):
    freed = serializers.IntegerField()


class OrderOut(serializers.Serializer[Any]):
    order = serializers.CharField(allow_blank=True)


class ClassPicturesOut(serializers.Serializer[Any]):
    """What the guidelines show for a class, and some pictures decided as it."""


class OutcomeOut(serializers.Serializer[Any]):
    id = serializers.JSONField(help_text="As it was sent.")
    status = serializers.CharField(help_text="saved, duplicate or refused.")
    message = serializers.CharField(allow_blank=True)


class OutcomesOut(serializers.Serializer[Any]):
    outcomes = OutcomeOut(many=True, help_text="In the order of the votes.")


class ProgressOut(serializers.Serializer[Any]):
    target = serializers.IntegerField(help_text="Pictures wanted per class.")
    decided = serializers.DictField(
        child=serializers.IntegerField(), help_text="Key of the class -> pictures."
    )


class CommentOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.CharField()
    mine = serializers.BooleanField()
    kind = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class CommentsOut(serializers.Serializer[Any]):
    comments = CommentOut(many=True)
    withheld = serializers.IntegerField(help_text="Kept back until the person has voted.")


class NamesOut(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())


class RegionOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    label = serializers.IntegerField(help_text="Id of the class.")  # type: ignore[assignment]
    mine = serializers.BooleanField()
    author = serializers.CharField()
    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class RegionsOut(serializers.Serializer[Any]):
    regions = RegionOut(many=True)

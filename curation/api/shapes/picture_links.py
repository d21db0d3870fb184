"""Signed addresses of picture files."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.models import Image
from curation.services.picture_links import MOST_SECONDS, SECONDS

MOST = 500  # pictures at once


class LinksIn(serializers.Serializer[Any]):
    pictures = serializers.ListField(
        child=serializers.RegexField(r"^[0-9a-f]{64}$"),
        min_length=1,
        max_length=MOST,
        help_text="SHA-256 of originals.",
    )
    rendition = serializers.ChoiceField(Image.Rendition.choices, default=Image.Rendition.REVIEW)
    seconds = serializers.IntegerField(
        default=SECONDS, min_value=1, max_value=MOST_SECONDS, help_text="How long they are good."
    )


class Link(serializers.Serializer[Any]):
    picture = serializers.CharField()
    address = serializers.CharField()
    until = serializers.DateTimeField()


class LinksOut(serializers.Serializer[Any]):
    links = Link(many=True)

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from curation.views import duplicates, near_pairs


class Sha256(StringConverter):
    regex = "[0-9a-f]{64}"


register_converter(Sha256, "sha256")

urlpatterns: list[URLPattern | URLResolver] = [
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/rule/", duplicates.rule, name="duplicates_rule"),
    path("duplicates/by-model/", near_pairs.near_pairs, name="near_pairs"),
    path("duplicates/by-model/start/", near_pairs.near_pairs_start, name="near_pairs_start"),
    path("duplicates/by-model/say/", near_pairs.near_pairs_say, name="near_pairs_say"),
    path("duplicates/<sha256:name>/", duplicates.group, name="duplicate_group"),
]

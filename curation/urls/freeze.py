"""Before the addresses of releases, whose names could say "new"."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import freeze

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/new/", freeze.freeze_start, name="freeze_start"),
    path("projects/<slug:key>/freeze/", freeze.release_new, name="release_new"),
    path("projects/<slug:key>/freeze/ahead/", freeze.freeze_ahead, name="freeze_ahead"),
]

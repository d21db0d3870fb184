from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import tags

PROJECT = "projects/<slug:key>/tags"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/", tags.tags, name="tags"),
    path(f"{PROJECT}/add/", tags.tags_add, name="tags_add"),
    path(f"{PROJECT}/<int:pk>/remove/", tags.tags_remove, name="tags_remove"),
    path(f"{PROJECT}/<int:pk>/rename/", tags.tags_rename, name="tags_rename"),
    path(f"{PROJECT}/<int:pk>/delete/", tags.tags_delete, name="tags_delete"),
]

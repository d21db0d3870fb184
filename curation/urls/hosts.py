from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import hosts

urlpatterns: list[URLPattern | URLResolver] = [
    path("hosts/", hosts.hosts, name="hosts"),
]

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api.grid import GridCounts
from curation.views import grid

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:key>/grid/", grid.page, name="grid"),
    path("api/v1/projects/<slug:key>/grid/", GridCounts.as_view(), name="api_grid_counts"),
]

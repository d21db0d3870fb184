from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import screenings

PLACE = "projects/<slug:key>/condition"
ONE = f"{PLACE}/<int:pk>"
SHEET = f"{ONE}/sheets/<slug:sha256>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PLACE}/", screenings.condition, name="condition"),
    path(f"{PLACE}/start/", screenings.start, name="condition_start"),
    path(f"{ONE}/", screenings.screening, name="screening"),
    path(f"{ONE}/sheets/", screenings.sheets, name="screening_sheets"),
    path(f"{ONE}/worklist/", screenings.worklist, name="screening_worklist"),
    path(f"{SHEET}/", screenings.sheet, name="screening_sheet"),
    path(f"{SHEET}/heatmap.png", screenings.heatmap, name="screening_heatmap"),
    path(f"{SHEET}/tiles/", screenings.tiles, name="screening_tiles"),
]

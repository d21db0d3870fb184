from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import outliers, representation

PROJECT = "projects/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/map/", representation.map_page, name="map"),
    path(f"{PROJECT}/map/points/", representation.map_points, name="map_points"),
    path(f"{PROJECT}/map/groups/<slug:by>/", representation.map_groups, name="map_groups"),
    path(f"{PROJECT}/map/pictures/<int:pk>/", representation.map_picture, name="map_picture"),
    path(f"{PROJECT}/map/chosen/", representation.map_chosen, name="map_chosen"),
    path(f"{PROJECT}/map/start/", representation.start, name="representation_start"),
    path(f"{PROJECT}/similar/<slug:sha256>/", representation.similar, name="similar"),
    path(f"{PROJECT}/doubts/", representation.doubts, name="doubts"),
    path(f"{PROJECT}/doubts/send/", representation.doubts_send, name="doubts_send"),
    path(f"{PROJECT}/outliers/", outliers.outliers, name="outliers"),
    path(f"{PROJECT}/outliers/start/", outliers.outliers_start, name="outliers_start"),
    path(f"{PROJECT}/outliers/send/", outliers.outliers_send, name="outliers_send"),
]

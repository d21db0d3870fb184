from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import regions
from curation.api import review as api
from curation.views import adjudicate, adjudicate_acts, review, votes

PROJECT = "projects/<slug:key>"
API = "api/v1/projects/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/review/", review.page, name="review"),
    path(f"{PROJECT}/set-aside/", adjudicate.page, name="set_aside"),
    path(f"{PROJECT}/set-aside/<int:pk>/", adjudicate_acts.settle, name="adjudicate"),
    path(f"{PROJECT}/set-aside/<int:pk>/back/", adjudicate_acts.send_back, name="send_back"),
    path(f"{PROJECT}/set-aside/<int:pk>/undo/", adjudicate_acts.take_back, name="adjudicate_undo"),
    path(f"{PROJECT}/votes/", votes.page, name="votes"),
    path(f"{API}/claims/", api.Claims.as_view(), name="api_claims"),
    path(f"{API}/claims/heartbeat/", api.Heartbeat.as_view(), name="api_claims_heartbeat"),
    path(f"{API}/claims/free/", api.Free.as_view(), name="api_claims_free"),
    path(f"{API}/order/", api.ReviewOrder.as_view(), name="api_order"),
    path(f"{API}/classes/<int:pk>/pictures/", api.ClassPictures.as_view(), name="api_class_pictures"),
    path(f"{API}/progress/", api.Progress.as_view(), name="api_progress"),
    path("api/v1/candidates/<int:pk>/regions/", regions.Regions.as_view(), name="api_regions"),
    path("api/v1/regions/<int:pk>/", regions.OneRegion.as_view(), name="api_region"),
    path("api/v1/votes/", api.Votes.as_view(), name="api_votes"),
]

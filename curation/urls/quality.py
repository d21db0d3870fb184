from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import quality

PROJECT = "projects/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/agreement/", quality.agreement, name="agreement"),
    path(f"{PROJECT}/agreement/measure/", quality.measure, name="agreement_measure"),
    path(f"{PROJECT}/gold/", quality.gold, name="gold"),
    path(f"{PROJECT}/gold/make/", quality.make_gold, name="gold_make"),
    path(f"{PROJECT}/gold/<int:pk>/", quality.change_gold, name="gold_change"),
]

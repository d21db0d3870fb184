from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import derive

urlpatterns: list[URLPattern | URLResolver] = [
    path("batches/derive/corruptions/", derive.corruptions, name="derive_corruptions"),
    path("batches/derive/crops/", derive.crops, name="derive_crops"),
]

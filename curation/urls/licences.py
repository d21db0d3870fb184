from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import licences

urlpatterns: list[URLPattern | URLResolver] = [
    path("licences/", licences.licences, name="licences"),
    path("licences/<int:pk>/", licences.licence_text, name="licence_text"),
    path("licences/policy/<slug:key>/", licences.licence_policy, name="licence_policy"),
]

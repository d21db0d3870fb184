from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import classes, guidelines, guidelines_edit, review_policy

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:key>/guidelines/", guidelines.guidelines, name="guidelines"),
    path("projects/<slug:key>/guidelines/edit/", guidelines_edit.guidelines_edit, name="guidelines_edit"),
    path("projects/<slug:key>/guidelines/pictures/", guidelines_edit.pictures, name="guidelines_pictures"),
    path("projects/<slug:key>/guidelines/send-back/", guidelines.send_back, name="guidelines_send_back"),
    path("projects/<slug:key>/classes/<slug:slug>/", classes.label_class, name="label_class"),
    path("projects/<slug:key>/policy/", review_policy.policy, name="policy"),
]

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import labels

PROJECT = "projects/<slug:key>/labels"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/", labels.page, name="labels"),
    path(f"{PROJECT}/datapackage.json", labels.data_package, name="labels_package"),
    path(f"{PROJECT}/<slug:name>.<slug:form>", labels.download, name="labels_file"),
]

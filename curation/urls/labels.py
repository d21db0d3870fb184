from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import labels, labels_import

PROJECT = "projects/<slug:key>/labels"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PROJECT}/", labels.page, name="labels"),
    path(f"{PROJECT}/datapackage.json", labels.data_package, name="labels_package"),
    path(f"{PROJECT}/label-studio/", labels_import.send, name="labels_import"),
    path(f"{PROJECT}/label-studio/<uuid:upload>/", labels_import.check, name="labels_import_check"),
    path(f"{PROJECT}/<slug:name>.<slug:form>", labels.download, name="labels_file"),
]

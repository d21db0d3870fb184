from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import ingest, uploads

urlpatterns: list[URLPattern | URLResolver] = [
    path("batches/", ingest.batches, name="batches"),
    path("batches/new/", ingest.batch_new, name="batch_new"),
    path("batches/uploads/<uuid:upload>/", uploads.upload_file, name="upload_file"),
    path("batches/<int:pk>/", ingest.batch, name="batch"),
]

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import deliveries, ingest, uploads

urlpatterns: list[URLPattern | URLResolver] = [
    path("batches/", ingest.batches, name="batches"),
    path("batches/new/", ingest.batch_new, name="batch_new"),
    path("batches/uploads/<uuid:upload>/", uploads.upload_file, name="upload_file"),
    path("batches/<int:pk>/", deliveries.batch, name="batch"),
    path("batches/<int:pk>/undo/", deliveries.batch_undo, name="batch_undo"),
    path("batches/<int:pk>/rows.tsv", deliveries.batch_tsv, name="batch_tsv"),
]

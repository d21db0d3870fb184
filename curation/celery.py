"""The Celery app. Queues: `default` for everything, `gpu` for model work."""

import os

from celery import Celery

from curation import logging_celery  # noqa: F401  (connects its signals)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "curation.settings")

app = Celery("vasculum")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["curation", "inference", "training"])

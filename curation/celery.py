"""The Celery app. Queues: `default` for everything, `gpu` for model work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "curation.settings")

app = Celery("vasculum")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["curation", "inference", "training"])

from django.apps import AppConfig


class CurationConfig(AppConfig):
    name = "curation"
    verbose_name = "Vasculum"

    def ready(self) -> None:
        # The Celery app must exist before any task is sent, also from the web process.
        from curation import celery, checks  # noqa: F401  (imported for their registrations)

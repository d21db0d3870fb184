"""Every address of the site, one module an area."""

from curation.urls import converters, home, ingest, jobs, people, releases, review, sources  # noqa: F401

urlpatterns = [
    *home.urlpatterns,
    *review.urlpatterns,
    *ingest.urlpatterns,
    *releases.urlpatterns,
    *jobs.urlpatterns,
    *people.urlpatterns,
    *sources.urlpatterns,
]
handler403 = "curation.views.errors.forbidden"
handler404 = "curation.views.errors.not_found"

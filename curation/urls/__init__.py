"""Every address of the site, one module an area."""

from curation.urls import (  # noqa: F401
    converters,
    derive,
    duplicates,
    freeze,
    grid,
    guidelines,
    home,
    hosts,
    ingest,
    issues,
    jobs,
    labels,
    languages,
    licences,
    people,
    quality,
    releases,
    review,
    sources,
    team,
)

urlpatterns = [
    *home.urlpatterns,
    *duplicates.urlpatterns,
    *review.urlpatterns,
    *grid.urlpatterns,
    *quality.urlpatterns,
    *guidelines.urlpatterns,
    *ingest.urlpatterns,
    *issues.urlpatterns,
    *derive.urlpatterns,
    *hosts.urlpatterns,
    *freeze.urlpatterns,
    *releases.urlpatterns,
    *jobs.urlpatterns,
    *labels.urlpatterns,
    *languages.urlpatterns,
    *licences.urlpatterns,
    *team.urlpatterns,
    *people.urlpatterns,
    *sources.urlpatterns,
]
handler403 = "curation.views.errors.forbidden"
handler404 = "curation.views.errors.not_found"

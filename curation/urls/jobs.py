from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api.jobs import JobDetail
from curation.views import jobs, models

urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("jobs/<int:pk>/resume/", jobs.job_resume, name="job_resume"),
    path("models/", models.models, name="models"),
    path("projects/<slug:key>/preclassify/", models.preclassify, name="preclassify"),
    path("api/v1/jobs/<int:pk>/", JobDetail.as_view(), name="api_job"),
]

"""Addresses of the API that no page has besides; those of the review pages stand with these."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from curation.api import (
    index,
    jobs,
    models,
    picture_links,
    pictures,
    projects,
    releases,
    schema_view,
    screenings,
    webhooks,
)
from curation.api.nowhere import Nowhere
from curation.urls import converters  # noqa: F401

API = "api/v1"
PROJECT = f"{API}/projects/<slug:key>"
RELEASE = f"{API}/releases/<slug:name>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{API}/", index.Index.as_view(), name="api_index"),
    path(f"{API}/schema/", schema_view.Description.as_view(), name="api_schema"),
    path(f"{API}/projects/", projects.Projects.as_view(), name="api_projects"),
    path(f"{PROJECT}/", projects.OneProject.as_view(), name="api_project"),
    path(f"{PROJECT}/candidates/", pictures.Candidates.as_view(), name="api_candidates"),
    path(f"{PROJECT}/votes/", pictures.Votes.as_view(), name="api_project_votes"),
    path(f"{PROJECT}/tags/", projects.Tags.as_view(), name="api_tags"),
    path(f"{PROJECT}/tags/<int:pk>/", projects.OneTag.as_view(), name="api_tag"),
    path(f"{PROJECT}/tags/<int:pk>/remove/", projects.TagOff.as_view(), name="api_tag_off"),
    path(f"{PROJECT}/preclassify/", models.Preclassify.as_view(), name="api_preclassify"),
    path(f"{PROJECT}/freeze/", releases.Frozen.as_view(), name="api_freeze"),
    path(f"{PROJECT}/screenings/", screenings.Screenings.as_view(), name="api_screenings"),
    path(f"{API}/screenings/<int:pk>/", screenings.OneScreening.as_view(), name="api_screening"),
    path(f"{API}/screenings/<int:pk>/scores/", screenings.Scores.as_view(), name="api_scores"),
    path(f"{API}/candidates/<int:pk>/", pictures.OneCandidate.as_view(), name="api_candidate"),
    path(f"{API}/pictures/links/", picture_links.PictureLinks.as_view(), name="api_picture_links"),
    path(f"{API}/pictures/<digest:sha256>/", pictures.Picture.as_view(), name="api_picture"),
    path(
        f"{API}/pictures/<digest:sha256>/files/<rendition:rendition>/",
        pictures.PictureFile.as_view(),
        name="api_picture_file",
    ),
    path(f"{API}/releases/", releases.Releases.as_view(), name="api_releases"),
    path(f"{RELEASE}/", releases.OneRelease.as_view(), name="api_release"),
    path(f"{RELEASE}/members/", releases.Members.as_view(), name="api_members"),
    path(f"{RELEASE}/crosstab/", releases.Crosstab.as_view(), name="api_crosstab"),
    path(f"{RELEASE}/report/<slug:table>/", releases.ReportTable.as_view(), name="api_report"),
    path(f"{RELEASE}/exports/", releases.Exports.as_view(), name="api_exports"),
    path(f"{API}/exports/<int:pk>/", releases.OneExport.as_view(), name="api_export"),
    path(f"{API}/exports/<int:pk>/verify/", releases.ExportVerified.as_view(), name="api_export_verify"),
    path(f"{API}/exports/<int:pk>/bundle/", releases.ExportBundle.as_view(), name="api_export_bundle"),
    path(f"{API}/exports/<int:pk>/files/<path:path>", releases.ExportFile.as_view(), name="api_export_file"),
    path(f"{API}/models/", models.Models.as_view(), name="api_models"),
    path(f"{API}/models/<slug:name>/", models.OneModel.as_view(), name="api_model"),
    path(f"{API}/models/<slug:name>/evaluate/", models.Evaluate.as_view(), name="api_evaluate"),
    path(f"{API}/runs/", models.Runs.as_view(), name="api_runs"),
    path(f"{API}/runs/<slug:name>/", models.OneRun.as_view(), name="api_run"),
    path(f"{API}/runs/<slug:name>/soup/", models.RunSouped.as_view(), name="api_run_soup"),
    path(f"{API}/runs/<slug:name>/cancel/", models.RunCancelled.as_view(), name="api_run_cancel"),
    path(f"{API}/runs/<slug:name>/resume/", models.RunResumed.as_view(), name="api_run_resume"),
    path(f"{API}/evaluations/", models.Evaluations.as_view(), name="api_evaluations"),
    path(f"{API}/evaluations/<int:pk>/", models.OneEvaluation.as_view(), name="api_evaluation"),
    path(f"{API}/webhooks/", webhooks.Webhooks.as_view(), name="api_webhooks"),
    path(f"{API}/webhooks/<int:pk>/", webhooks.OneWebhook.as_view(), name="api_webhook"),
    path(f"{API}/webhooks/<int:pk>/secret/", webhooks.WebhookSecret.as_view(), name="api_webhook_secret"),
    path(f"{API}/webhooks/<int:pk>/ping/", webhooks.WebhookPinged.as_view(), name="api_webhook_ping"),
    path(f"{API}/webhooks/<int:pk>/deliveries/", webhooks.Deliveries.as_view(), name="api_deliveries"),
    path(
        f"{API}/webhooks/<int:pk>/deliveries/<uuid:delivery>/again/",
        webhooks.DeliveryAgain.as_view(),
        name="api_delivery_again",
    ),
    path(f"{API}/jobs/", jobs.Jobs.as_view(), name="api_jobs"),
    path(f"{API}/jobs/<int:pk>/cancel/", jobs.JobCancelled.as_view(), name="api_job_cancel"),
    path(f"{API}/jobs/<int:pk>/resume/", jobs.JobResumed.as_view(), name="api_job_resume"),
]
# After everything else.
nowhere: list[URLPattern | URLResolver] = [re_path(r"^api(/.*)?$", Nowhere.as_view())]

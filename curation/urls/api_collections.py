"""Addresses of the API about what comes in: sources, licences, hosts, uploads, batches, duplicates."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import batches, duplicates, licences, sources, uploads
from curation.urls import converters  # noqa: F401

API = "api/v1"
PROJECT = f"{API}/projects/<slug:key>"
BATCH = f"{API}/batches/<int:pk>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{API}/sources/", sources.Sources.as_view(), name="api_sources"),
    path(f"{API}/sources/<text:code>/", sources.OneSource.as_view(), name="api_source"),
    path(f"{API}/source-rules/", sources.SourceRules.as_view(), name="api_source_rules"),
    path(f"{API}/source-rules/unmapped/", sources.Unmapped.as_view(), name="api_unmapped"),
    path(f"{API}/source-rules/nameless/", sources.Nameless.as_view(), name="api_nameless"),
    path(f"{API}/source-rules/<int:pk>/", sources.OneSourceRule.as_view(), name="api_source_rule"),
    path(f"{API}/licences/", sources.Licences.as_view(), name="api_licences"),
    path(f"{API}/licence-texts/", licences.Texts.as_view(), name="api_licence_texts"),
    path(f"{API}/licence-texts/open/", licences.OpenTexts.as_view(), name="api_licence_texts_open"),
    path(f"{API}/licence-texts/<int:pk>/", licences.OneText.as_view(), name="api_licence_text"),
    path(
        f"{API}/licence-texts/<int:pk>/settle/",
        licences.TextSettled.as_view(),
        name="api_licence_text_settle",
    ),
    path(
        f"{API}/licence-texts/<int:pk>/unsettle/",
        licences.TextUnsettled.as_view(),
        name="api_licence_text_unsettle",
    ),
    path(f"{PROJECT}/licences/", licences.ProjectLicences.as_view(), name="api_project_licences"),
    path(f"{API}/hosts/", licences.Hosts.as_view(), name="api_hosts"),
    path(f"{API}/hosts/<text:name>/", licences.OneHost.as_view(), name="api_host"),
    path(f"{API}/hosts/<text:name>/unpause/", licences.HostUnpaused.as_view(), name="api_host_unpause"),
    path(f"{API}/uploads/<uuid:upload>/", uploads.Upload.as_view(), name="api_upload"),
    path(f"{API}/batches/", batches.Batches.as_view(), name="api_batches"),
    path(f"{BATCH}/", batches.OneBatch.as_view(), name="api_batch"),
    path(f"{BATCH}/records/", batches.Records.as_view(), name="api_batch_records"),
    path(f"{BATCH}/problems/", batches.Problems.as_view(), name="api_batch_problems"),
    path(f"{BATCH}/source/", sources.BatchSource.as_view(), name="api_batch_source"),
    path(f"{BATCH}/import/", batches.Imported.as_view(), name="api_batch_import"),
    path(f"{BATCH}/remap/", batches.Remapped.as_view(), name="api_batch_remap"),
    path(f"{BATCH}/discard/", batches.Discarded.as_view(), name="api_batch_discard"),
    path(f"{BATCH}/resume/", batches.Resumed.as_view(), name="api_batch_resume"),
    path(f"{BATCH}/retry/", batches.Retried.as_view(), name="api_batch_retry"),
    path(f"{BATCH}/undo/", batches.TakenBack.as_view(), name="api_batch_undo"),
    path(f"{API}/downloads/", batches.Downloads.as_view(), name="api_downloads"),
    path(f"{PROJECT}/corruptions/", batches.Corruptions.as_view(), name="api_corruptions"),
    path(f"{PROJECT}/crops/", batches.Crops.as_view(), name="api_crops"),
    path(f"{API}/duplicate-groups/", duplicates.Groups.as_view(), name="api_groups"),
    path(f"{API}/duplicate-groups/rulings/", duplicates.Rulings.as_view(), name="api_rulings"),
    path(f"{API}/duplicate-groups/<digest:name>/", duplicates.OneGroup.as_view(), name="api_group"),
    path(f"{PROJECT}/near-pairs/", duplicates.Pairs.as_view(), name="api_near_pairs"),
    path(f"{PROJECT}/near-pairs/undo/", duplicates.VerdictUndone.as_view(), name="api_near_undo"),
    path(f"{API}/near-pairs/<int:pk>/", duplicates.PairJudged.as_view(), name="api_near_pair"),
]

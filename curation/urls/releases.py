from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import (
    exports,
    public_release,
    release_diff,
    release_page,
    release_reports,
    releases,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/", releases.releases, name="releases"),
    path("releases/diff/", release_diff.diff, name="release_diff"),  # before the name of a release
    path("releases/diff.<slug:form>", release_diff.diff_file, name="release_diff_file"),
    path("releases/<slug:name>/", releases.release, name="release"),
    path("releases/<slug:name>/report/", release_reports.report, name="release_report"),
    path(
        "releases/<slug:name>/report/<slug:key>.<slug:form>",
        release_reports.report_table,
        name="release_report_table",
    ),
    path("releases/<slug:name>/left-out/", release_reports.left_out_rows, name="release_left_out"),
    path("releases/<slug:name>/left-out.tsv", release_reports.left_out_tsv, name="release_left_out_tsv"),
    path("releases/<slug:name>/members/", releases.release_members, name="release_members"),
    path("releases/<slug:name>/manifest.txt", releases.manifest, name="manifest"),
    path("releases/<slug:name>/crosstab.<slug:form>", releases.crosstab, name="crosstab"),
    path("releases/<slug:name>/exports/", exports.export_new, name="export_new"),
    path("releases/<slug:name>/page/", release_page.release_page, name="release_page"),
    path(
        "releases/<slug:name>/page/preview/", release_page.release_page_preview, name="release_page_preview"
    ),
    path(
        "releases/<slug:name>/page/open/",
        release_page.release_page_public,
        {"is_public": True},
        name="release_page_open",
    ),
    path(
        "releases/<slug:name>/page/close/",
        release_page.release_page_public,
        {"is_public": False},
        name="release_page_close",
    ),
    path("r/<slug:name>/", public_release.public_release, name="public_release"),
    path("r/<slug:name>/CITATION.<slug:form>", public_release.public_citation, name="public_citation"),
    path("r/<slug:name>/pictures/<slug:sha256>.webp", public_release.public_picture, name="public_picture"),
    path("r/<slug:name>/exports/<int:pk>/all.zip", public_release.public_bundle, name="public_bundle"),
    path("r/<slug:name>/exports/<int:pk>/files/<path:path>", public_release.public_file, name="public_file"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/verify/", exports.export_verify, name="export_verify"),
    path("exports/<int:pk>/all.zip", exports.export_bundle, name="export_bundle"),
    path("exports/<int:pk>/files/<path:path>", exports.export_file, name="export_file"),
]

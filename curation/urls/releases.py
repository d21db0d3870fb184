from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import exports, freeze, releases

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/", releases.releases, name="releases"),
    path("projects/<slug:key>/freeze/", freeze.release_new, name="release_new"),
    path("releases/<slug:name>/", releases.release, name="release"),
    path("releases/<slug:name>/members/", releases.release_members, name="release_members"),
    path("releases/<slug:name>/manifest.txt", releases.manifest, name="manifest"),
    path("releases/<slug:name>/crosstab.<slug:form>", releases.crosstab, name="crosstab"),
    path("releases/<slug:name>/exports/", exports.export_new, name="export_new"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/verify/", exports.export_verify, name="export_verify"),
    path("exports/<int:pk>/all.zip", exports.export_bundle, name="export_bundle"),
    path("exports/<int:pk>/files/<path:path>", exports.export_file, name="export_file"),
]

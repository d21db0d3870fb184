"""Addresses of the API about what comes out: figures, supply, publishing, features, runs, sheets, labels."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import features, figures, labels, publishing, runs, sheets, supply
from curation.urls import converters  # noqa: F401

API = "api/v1"
PROJECT = f"{API}/projects/<slug:key>"
RELEASE = f"{API}/releases/<slug:name>"
FIGURES = f"{API}/figures"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{FIGURES}/", figures.Figures.as_view(), name="api_figures"),
    path(f"{FIGURES}/records/", figures.FigureRecords.as_view(), name="api_figures_records"),
    path(f"{FIGURES}/projects/<slug:key>/", figures.OfProject.as_view(), name="api_figures_project"),
    path(f"{FIGURES}/classes/<int:pk>/", figures.OfClass.as_view(), name="api_figures_class"),
    path(f"{FIGURES}/sources/<text:code>/", figures.OfSource.as_view(), name="api_figures_source"),
    path(f"{FIGURES}/sources/<text:code>/card/", figures.Card.as_view(), name="api_card"),
    path(f"{FIGURES}/batches/<int:pk>/", figures.OfBatch.as_view(), name="api_figures_batch"),
    path(f"{FIGURES}/reviewers/<text:username>/", figures.OfReviewer.as_view(), name="api_figures_reviewer"),
    path(f"{FIGURES}/models/<slug:name>/", figures.OfModel.as_view(), name="api_figures_model"),
    path(f"{PROJECT}/supply/", supply.Supply.as_view(), name="api_supply"),
    path(f"{PROJECT}/ahead/", supply.Ahead.as_view(), name="api_ahead"),
    path(f"{PROJECT}/ahead/back/", supply.AheadTakenBack.as_view(), name="api_ahead_back"),
    path(f"{RELEASE}/page/", publishing.Page.as_view(), name="api_release_page"),
    path(f"{RELEASE}/page/open/", publishing.PageOpened.as_view(), name="api_release_page_open"),
    path(f"{RELEASE}/page/close/", publishing.PageClosed.as_view(), name="api_release_page_close"),
    path(f"{RELEASE}/manifest/", publishing.Manifest.as_view(), name="api_manifest"),
    path(f"{RELEASE}/left-out/", publishing.LeftOut.as_view(), name="api_left_out"),
    path(f"{API}/release-diff/", publishing.Difference.as_view(), name="api_release_diff"),
    path(
        f"{API}/release-diff/pictures/",
        publishing.DifferentPictures.as_view(),
        name="api_release_diff_pictures",
    ),
    path(f"{PROJECT}/features/", features.Features.as_view(), name="api_features"),
    path(f"{API}/features/<int:pk>/search/", features.FeaturesSearched.as_view(), name="api_features_search"),
    path(f"{API}/features/<int:pk>/map/", features.MapPoints.as_view(), name="api_map"),
    path(f"{API}/candidates/<int:pk>/similar/", features.Similar.as_view(), name="api_similar"),
    path(f"{PROJECT}/doubts/", features.Doubts.as_view(), name="api_doubts"),
    path(f"{PROJECT}/outliers/", features.Outliers.as_view(), name="api_outliers"),
    path(f"{PROJECT}/front/", features.Front.as_view(), name="api_front"),
    path(f"{API}/runs/<slug:name>/curves/", runs.Curves.as_view(), name="api_run_curves"),
    path(f"{API}/runs/<slug:name>/files/", runs.Files.as_view(), name="api_run_files"),
    path(f"{API}/runs/<slug:name>/files/<path:path>", runs.File.as_view(), name="api_run_file"),
    path(f"{API}/run-estimates/", runs.Estimate.as_view(), name="api_run_estimate"),
    path(f"{API}/evaluations/<int:pk>/report/", runs.Report.as_view(), name="api_evaluation_report"),
    path(f"{API}/screenings/<int:pk>/figures/", sheets.Found.as_view(), name="api_screening_figures"),
    path(f"{API}/screenings/<int:pk>/worklist/", sheets.Worklist.as_view(), name="api_worklist"),
    path(f"{API}/scores/<int:pk>/tiles/", sheets.Tiles.as_view(), name="api_tiles"),
    path(f"{API}/scores/<int:pk>/heat-map/", sheets.HeatMap.as_view(), name="api_heat_map"),
    path(f"{PROJECT}/labels/import/", labels.Annotations.as_view(), name="api_labels_import"),
    path(f"{PROJECT}/labels/<slug:name>/<slug:form>/", labels.LabelsFile.as_view(), name="api_labels"),
]

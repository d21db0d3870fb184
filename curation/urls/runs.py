from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import runs, runs_cells, runs_evaluation, runs_start

urlpatterns: list[URLPattern | URLResolver] = [
    path("training/", runs.runs, name="runs"),
    path("training/new/", runs_start.run_new, name="run_new"),  # before the name of a run
    path("training/<slug:name>/", runs.run, name="run"),
    path("training/<slug:name>/cancel/", runs.run_cancel, name="run_cancel"),
    path("training/<slug:name>/resume/", runs.run_resume, name="run_resume"),
    path("training/<slug:name>/soup/", runs.run_soup, name="run_soup"),
    path("training/<slug:name>/files/<path:path>", runs.run_file, name="run_file"),
    path("projects/<slug:key>/training/", runs.runs, name="project_runs"),
    path("models/<slug:name>/", runs_evaluation.model, name="model"),
    path("models/<slug:name>/evaluate/", runs_evaluation.model_evaluate, name="model_evaluate"),
    path("evaluations/<int:pk>/", runs_evaluation.evaluation, name="evaluation"),
    path("evaluations/<int:pk>/pictures/", runs_cells.evaluation_pictures, name="evaluation_pictures"),
    path(
        "evaluations/<int:pk>/evaluation.<slug:form>", runs_evaluation.evaluation_file, name="evaluation_file"
    ),
]

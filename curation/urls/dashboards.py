"""Pages of figures; each table of them is a file, too: `<page>tables/<key>.csv`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import dashboard_card, dashboard_rows, dashboards

PLACES = {
    "project": "dashboards/projects/<slug:key>/",
    "class": "dashboards/projects/<slug:key>/classes/<slug:slug>/",
    "source": "dashboards/sources/<text:code>/",
    "batch": "dashboards/batches/<int:pk>/",
    "reviewer": "dashboards/reviewers/<text:username>/",
    "model": "dashboards/models/<slug:name>/",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboards/", dashboards.landing, name="dashboards"),
    path("dashboards/tables/<slug:table>.csv", dashboards.landing_csv, name="dashboards_csv"),
    path("dashboards/records/", dashboard_rows.records, name="dashboard_records"),
    path("dashboards/pictures/", dashboard_rows.pictures, name="dashboard_pictures"),
    path("dashboards/votes/", dashboard_rows.votes, name="dashboard_votes"),
    path("dashboards/sources/<text:code>/card/", dashboard_card.card, name="dashboard_card"),
    path(
        "dashboards/sources/<text:code>/card.<slug:form>",
        dashboard_card.card_file,
        name="dashboard_card_file",
    ),
]
for kind, place in PLACES.items():
    view = getattr(dashboards, f"of_{kind}")
    urlpatterns += [
        path(place, view, name=f"dashboard_{kind}"),
        path(f"{place}tables/<slug:table>.csv", view, name=f"dashboard_{kind}_csv"),
    ]

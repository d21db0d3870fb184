"""The pages of reports and differences: who may see them, what is on them, how many queries they make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Release, Role
from curation.selectors.release_reports import registry
from curation.selectors.release_reports.table import FORMS
from curation.services.freeze import freeze
from tests.curation.releases.conftest import Garden, MakeGarden

AsRole = Callable[[str], Client]


def addresses() -> list[str]:
    tables = [
        reverse("release_report_table", args=["first", key, form]) for key in registry.KEYS for form in FORMS
    ]
    return [
        reverse("release_report", args=["first"]),
        reverse("release_left_out", args=["first"]),
        reverse("release_left_out_tsv", args=["first"]),
        reverse("release_diff"),
        reverse("release_diff") + "?a=first&b=first",
        reverse("release_diff_file", args=["tsv"]) + "?a=first&b=first",
        *tables,
    ]


@pytest.mark.parametrize("role", ["", *Role.values])
def test_who_may_see_what(release: Release, as_role: AsRole, role: str) -> None:
    client = as_role(role)
    for url in addresses():
        response = client.get(url)
        if role:
            assert response.status_code == 200, url
        else:
            assert response.status_code == 302 and response["Location"].startswith(reverse("login")), url
        assert client.post(url).status_code in ({405} if role else {302}), url


def test_unknown_things_are_not_found(release: Release, as_role: AsRole) -> None:
    client = as_role("reader")
    for url in (
        "/releases/none/report/",
        "/releases/first/report/none.tsv",
        "/releases/first/report/sources.html",
        "/releases/none/left-out/",
    ):
        assert client.get(url).status_code == 404, url


def test_the_report_shows_every_table_and_the_data_of_the_plots(release: Release, as_role: AsRole) -> None:
    page = as_role("reader").get(reverse("release_report", args=["first"])).content.decode()
    for key in registry.KEYS:
        assert f'<section id="{key}"' in page and f'href="#{key}"' in page
        for form in FORMS:
            assert f"/releases/first/report/{key}.{form}" in page
    assert "No group stands in two splits." in page
    assert "WHERE release_id = (SELECT id FROM curation_release WHERE name = &#x27;first&#x27;)" in page
    script = re.search(r'<script id="plots" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert script
    plots = json.loads(script[1])
    assert sum(map(sum, plots["crosstab"]["counts"])) == 15
    for key in ("class-licence", "class-split", "sources"):
        assert sum(sum(part["counts"]) for part in plots[key]["parts"]) == 15
        assert f'data-plot="{key}"' in page


def test_sources_beyond_the_colours_are_added_up(make_garden: MakeGarden, as_role: AsRole) -> None:
    garden = make_garden(1, key="flora")
    for n in range(12):
        garden.plant(garden.classes[0], source=f"S{n:02}")
    freeze(garden.project, seed=1, name="first", train=8, test=2, validate=2)
    page = as_role("reader").get(reverse("release_report", args=["first"]))
    parts = page.context["plots"]["sources"]["parts"]
    assert [part["name"] for part in parts[-2:]] == ["S06", "5 others"] and parts[-1]["counts"] == [5]


def test_files_are_in_english_whoever_asks(release: Release, as_role: AsRole) -> None:
    client = as_role("reader")
    url = reverse("release_report_table", args=["first", "sources", "md"])
    english = client.get(url).content
    assert client.get(url, headers={"accept-language": "es"}).content == english
    assert b"## Sources per class" in english


def test_the_release_leads_to_its_report_and_to_others(release: Release, as_role: AsRole) -> None:
    page = as_role("reader").get(reverse("release", args=["first"])).content.decode()
    assert 'href="/releases/first/report/"' in page and 'href="/releases/diff/?a=first"' in page


def test_a_group_in_the_address_is_checked(release: Release, as_role: AsRole) -> None:
    client, url = as_role("reader"), reverse("release_members", args=["first"])
    assert client.get(f"{url}?group=none").status_code == 400
    assert client.get(f"{url}?judged=none").status_code == 400
    assert 'name="group"' not in client.get(url).content.decode()
    assert 'name="group"' in client.get(f"{url}?group=shared").content.decode()


def test_plotly_is_served_from_its_package() -> None:
    path = find("plotly/plotly.min.js")
    assert isinstance(path, str)
    with Path(path).open(encoding="utf-8") as file:
        assert "plotly.js v" in file.read(200)
    assert not find("plotly/widgetbundle.js")


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        response = client.get(url)
        assert response.status_code == 200
        if response.streaming:
            b"".join(response)  # type: ignore[arg-type]
    return len(found)


def test_queries_do_not_grow(make_garden: MakeGarden, as_role: AsRole) -> None:
    client = as_role("reader")
    counts: list[list[int]] = []
    for key, classes, each in (("one", 2, 3), ("two", 4, 12)):
        garden: Garden = make_garden(classes, key=key)
        garden.fill(each)
        for n, name in enumerate((f"{key}-a", f"{key}-b")):
            freeze(garden.project, seed=n, name=name, train=each - 2, test=1, validate=1)
        urls: list[Any] = [
            reverse("release_report", args=[f"{key}-a"]),
            reverse("release_left_out", args=[f"{key}-a"]),
            reverse("release_diff") + f"?a={key}-a&b={key}-b",
            reverse("release_diff_file", args=["json"]) + f"?a={key}-a&b={key}-b",
        ]
        cache.clear()
        first = [queries(client, url) for url in urls]
        counts.append(first + [queries(client, url) for url in urls])
    assert counts[0] == counts[1]
    assert max(counts[0]) < 20 and max(counts[0][4:]) < 10

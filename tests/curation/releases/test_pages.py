"""The pages of releases and exports: who may see what, what they say, and no way out of a folder."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Export, Job, Release, ReleaseMember, Role
from curation.services import export as service
from curation.services.freeze import freeze
from tests.curation.releases.conftest import AsRole, Garden, MakeGarden, text

pytestmark = pytest.mark.django_db


def addresses(export: Export) -> list[tuple[str, str, str]]:
    """Method, address and lowest role of every page here."""
    name, pk = export.release.name, export.pk
    return [
        ("get", reverse("releases"), "reader"),
        ("get", reverse("release", args=[name]), "reader"),
        ("get", reverse("release_members", args=[name]), "reader"),
        ("get", reverse("manifest", args=[name]), "reader"),
        *(
            ("get", reverse("crosstab", args=[name, form]), "reader")
            for form in ("html", "md", "tsv", "json")
        ),
        ("get", reverse("export", args=[pk]), "reader"),
        ("get", reverse("export_file", args=[pk, "README.md"]), "reader"),
        ("get", reverse("export_bundle", args=[pk]), "reader"),
        ("get", reverse("release_new", args=["flora"]), "lead"),
        ("post", reverse("release_new", args=["flora"]), "admin"),
        ("post", reverse("export_new", args=[name]), "admin"),
        ("post", reverse("export_verify", args=[pk]), "admin"),
    ]


@pytest.mark.parametrize("role", ["", *Role.values])
def test_who_may_see_what(export: Export, as_role: AsRole, role: str) -> None:
    client = as_role(role)
    for method, url, lowest in addresses(export):
        response = getattr(client, method)(url)
        if not role:
            assert response.status_code == 302 and response["Location"].startswith(reverse("login")), url
        elif Role(role).rank < Role(lowest).rank:
            assert response.status_code == 403, url
        else:
            assert response.status_code in {200, 302, 400}, url
    assert Release.objects.count() == 1
    assert Export.objects.count() == 1


def test_links_that_a_reader_may_not_follow_are_not_shown(export: Export, as_role: AsRole) -> None:
    for url in (reverse("releases"), reverse("release", args=["first"]), reverse("export", args=[export.pk])):
        for_reader, for_admin = text(as_role("reader"), url), text(as_role("admin"), url)
        for closed in ("/freeze/", '/exports/"', "/verify/", "#export"):
            assert closed not in for_reader.replace('id="export-state"', "")
        assert "<form" in for_admin or "/freeze/" in for_admin


def test_writing_by_get_and_reading_by_post_are_refused(export: Export, as_role: AsRole) -> None:
    client = as_role("admin")
    for name in ("export_new", "export_verify"):
        arguments = ["first"] if name == "export_new" else [export.pk]
        assert client.get(reverse(name, args=arguments)).status_code == 405
    for url in (reverse("release", args=["first"]), reverse("export_file", args=[export.pk, "README.md"])):
        assert client.post(url).status_code == 405


def test_unknown_things_are_not_found(export: Export, as_role: AsRole) -> None:
    client = as_role("admin")
    for url in (
        "/releases/none/",
        "/releases/none/members/",
        "/releases/first/crosstab.exe",
        "/releases/first/crosstab.md?split=none",
        "/projects/none/freeze/",
        "/exports/99999999/",
        f"/exports/{export.pk}/files/none.txt",
    ):
        assert client.get(url).status_code == 404, url


def test_the_release_page_says_what_is_in_it(release: Release, as_role: AsRole) -> None:
    page = text(as_role("reader"), reverse("release", args=["first"]))
    assert release.manifest_sha256 in page
    assert "0 groups in two splits, 0 groups of more than one picture" in page
    assert "/releases/first/members/?category=class-a&amp;source=S0" in page
    for licence, n in service.licence_counts(release).items():
        assert f'?licence={licence}">{n}</a> {licence}' in page


def test_groups_and_a_single_source_are_counted(make_garden: MakeGarden, as_role: AsRole) -> None:
    garden = make_garden(2, key="flora")
    for label in garden.classes:
        for n in range(6):
            garden.plant(label, source="K" if label.key == "A" else f"S{n}", occurrence_id=f"{n // 2}")
    freeze(garden.project, seed=1, name="first", train=2, test=2, validate=2)
    page = text(as_role("reader"), reverse("release", args=["first"]))
    assert "Class A: 100 % from K" in page and "Class B:" not in page
    groups = ReleaseMember.objects.values_list("leak_group", flat=True)
    shared = sum(list(groups).count(group) > 1 for group in set(groups))
    assert f"0 groups in two splits, {shared} groups of more than one picture" in page


def test_the_downloads_of_a_release(release: Release, as_role: AsRole) -> None:
    client = as_role("reader")
    manifest = b"".join(client.get(reverse("manifest", args=["first"])))  # type: ignore[arg-type]
    assert hashlib.sha256(manifest).hexdigest() == release.manifest_sha256
    document = json.loads(text(client, reverse("crosstab", args=["first", "json"])))
    assert document["total"]["total"] == 15
    assert text(client, reverse("crosstab", args=["first", "tsv"])).endswith("\t15\n")
    tests = text(client, reverse("crosstab", args=["first", "html"]) + "?split=test")
    assert "&amp;split=test" in tests and 'aria-current="page">Test' in tests


def test_members_are_filtered_by_the_address(release: Release, as_role: AsRole) -> None:
    client = as_role("reader")
    base = reverse("release_members", args=["first"])
    assert "<h1>15 pictures</h1>" in text(client, base)
    for name in ("category", "split", "source", "licence"):
        for value in release.members.values_list(name, flat=True).distinct():
            n = release.members.filter(**{name: value}).count()
            page = text(client, f"{base}?{name}={value}")
            assert f"<h1>{n} picture{'' if n == 1 else 's'}</h1>" in page
            assert page.count('class="thumb"') == n
    both = release.members.filter(split="train", category="class-b").count()
    assert text(client, f"{base}?split=train&category=class-b").count('class="thumb"') == both
    assert "not known" in text(client, f"{base}?source=NONE", 400)


SIZES = {"train": "3", "test": "1", "validate": "1", "seed": "5", "balance": "random", "name": ""}


def test_the_form_says_at_once_what_is_short(garden: Garden, as_role: AsRole) -> None:
    client, url = as_role("admin"), reverse("release_new", args=["flora"])
    part = text(client, f"{url}?train=5&test=1&validate=1", **{"HX-Request": "true"})
    assert "<html" not in part
    assert "3 of 3 classes lack pictures; the largest balanced size now is 6 per class (4 / 1 / 1)" in part
    assert "step=confirm" not in part
    part = text(client, f"{url}?train=5&test=1&validate=1&largest=on", **{"HX-Request": "1"})
    assert "step=confirm" in part and "Freeze 3 × 6" in part
    part = text(client, f"{url}?train=3&test=1&validate=1", **{"HX-Request": "true"})
    assert "Every class has enough." in part and "Freeze 3 × 5" in part
    part = text(client, f"{url}?train=x", **{"HX-Request": "true"})
    assert "To train: Enter a whole number." in part and "The numbers come back" in part


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train": "7"}, "3 of 3 classes lack pictures"),
        ({"train": "-1"}, "greater than or equal to 0"),
        ({"train": "0", "test": "0", "validate": "0"}, "all 0"),
        ({"name": "a/b"}, "only letters, digits"),
        ({"name": "diff"}, "the page of that name is another"),
        ({"name": "new"}, "the page of that name is another"),
        ({"seed": ""}, "required"),
        ({"balance": "fair"}, "fair is not one of"),
    ],
)
def test_a_form_that_is_refused(
    garden: Garden, as_role: AsRole, changed: dict[str, str], message: str
) -> None:
    client = as_role("admin")
    response = client.post(reverse("release_new", args=["flora"]), SIZES | changed)
    assert response.status_code == 400
    assert message in response.content.decode()
    assert not Release.objects.exists() and not Job.objects.exists()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_queries_do_not_grow(make_garden: MakeGarden, as_role: AsRole) -> None:
    client = as_role("admin")
    counts: list[dict[str, int]] = []
    for key, each in (("one", 3), ("two", 12)):
        garden = make_garden(2 if key == "one" else 4, key=key)
        garden.fill(each)
        release = freeze(garden.project, seed=1, name=key, train=each - 2, test=1, validate=1)
        for _ in range(each):
            service.request_export(release, "tfrecord")
        urls: dict[str, Any] = {
            "releases": [],
            "release": [key],
            "release_members": [key],
            "release_new": [key],
            "export": [release.exports.first().pk],  # type: ignore[union-attr]
        }
        counts.append({name: queries(client, reverse(name, args=args)) for name, args in urls.items()})
    assert counts[0] == counts[1]
    assert max(counts[0].values()) < 20

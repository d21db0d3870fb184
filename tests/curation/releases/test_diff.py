"""What differs between two releases: every change found once, counts that agree with rows, files, pages."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from curation.models import Image, Release, ReleaseMember
from curation.selectors.release_reports.composition import class_split
from curation.selectors.release_reports.diff import KINDS, Rows, diff
from curation.selectors.release_reports.diff_tables import per_class, relabelled, splits, summary, written
from curation.services.manifest import Row
from tests.factories import make_image, make_project

Picture = tuple[str, str, str, str]  # class letter, split, source, licence


def put(release: Release, pictures: dict[str, Picture]) -> Release:
    """A frozen release of just these pictures; name of the picture -> what the release says of it."""
    images = {
        name: Image.objects.filter(original_name=name).first() or make_image(original_name=name)
        for name in pictures
    }
    # As freezing writes them: in the order of their SHA-256.
    for name in sorted(pictures, key=lambda name: images[name].sha256):
        image, (letter, split, source, licence) = images[name], pictures[name]
        fields = dict.fromkeys(Row._fields, "") | {
            "sha256": image.sha256,
            "split": split,
            "category_index": ord(letter) - ord("A"),
            "category": f"class-{letter.lower()}",
            "category_name": f"Class {letter}",
            "source": source,
            "licence": licence,
            "original_name": name,
            "leak_group": image.sha256,
        }
        ReleaseMember.objects.create(release=release, image=image, **fields)
    release.manifest_sha256 = f"{release.pk:064x}"
    release.save()
    return release


def make_release(name: str, pictures: dict[str, Picture], project: Any = None) -> Release:
    project = project or make_project(3)
    row = Release.objects.create(
        name=name, project=project, seed=1, train=1, test=1, validate=1, software="test"
    )
    return put(row, pictures)


@pytest.fixture
def two(db: None) -> tuple[Release, Release]:
    project = make_project(3)
    plain = ("A", "train", "K", "CC0-1.0")
    before = {name: plain for name in ("same", "gone", "moves", "turns", "both", "sold", "freed")}
    after: dict[str, Picture] = {
        "same": plain,
        "moves": ("A", "test", "K", "CC0-1.0"),
        "turns": ("B", "train", "K", "CC0-1.0"),
        "both": ("C", "validate", "K", "CC0-1.0"),
        "sold": ("A", "train", "B", "CC0-1.0"),
        "freed": ("A", "train", "K", "CC-BY-4.0"),
        "new": ("B", "train", "K", "CC0-1.0"),
        "newer": ("B", "train", "K", "CC0-1.0"),
    }
    return make_release("one", before, project), make_release("two", after, project)


def names(rows: Rows) -> set[str]:
    return {row.original_name for row in rows.all()}


def test_each_kind_of_change(two: tuple[Release, Release]) -> None:
    found = diff(*two)
    expected = {
        "added": {"new", "newer"},
        "removed": {"gone"},
        "moved": {"moves", "both"},
        "relabelled": {"turns", "both"},
        "source": {"sold"},
        "licence": {"freed"},
        "same": {"same"},
        "": {"new", "newer", "gone", "moves", "turns", "both", "sold", "freed"},
    }
    for change, pictures in expected.items():
        assert names(Rows(found, {"change": change})) == pictures
        assert found.count(change=change) == len(pictures)
    kinds = {row.original_name: row.kinds for row in Rows(found, {}).all()}
    assert kinds["both"] == ["moved", "relabelled"] and kinds["new"] == ["added"]


def test_counts_agree_with_rows_under_every_filter(two: tuple[Release, Release]) -> None:
    """The number of pages comes from the counts, what is on them from the rows."""
    for found in (diff(*two), diff(two[1], two[0])):
        for change in ("", *KINDS):
            for name in ("category", "category_a", "category_b", "split_a", "split_b"):
                for value in ("class-a", "class-b", "train", "test", ""):
                    rows = Rows(found, {"change": change, name: value})
                    assert len(list(rows.all())) == len(rows), (change, name, value)


def test_rows_come_in_one_order_in_parts(two: tuple[Release, Release]) -> None:
    for change in KINDS:
        rows = Rows(diff(*two), {"change": change})
        whole = list(rows.all())
        assert [row.sha256 for row in whole] == sorted(row.sha256 for row in whole)
        assert [row for at in range(0, len(rows), 3) for row in rows[at : at + 3]] == whole


def test_pictures_that_are_no_longer_kept_are_looked_for_again(two: tuple[Release, Release]) -> None:
    for found in (diff(*two), diff(two[1], two[0])):
        for change in KINDS:
            for category in ("", "class-a", "class-b"):
                rows = Rows(found, {"change": change, "category": category})
                cache.clear()
                assert rows[0:99] == list(rows.all()), (change, category)


def test_the_tables_add_up(two: tuple[Release, Release]) -> None:
    table = per_class(diff(*two))
    keys = [column.key for column in table.columns]
    rows = {row[0].value: {k: c.value for k, c in zip(keys, row, strict=True)} for row in table.lines()}
    assert rows["class-a"]["before"] == 7 and rows["class-a"]["after"] == 4
    assert rows["class-b"]["added"] == 2 and rows["class-b"]["relabelled_in"] == 1
    for row in rows.values():
        change = row["added"] - row["removed"] + row["relabelled_in"] - row["relabelled_out"]  # type: ignore[operator]
        assert row["before"] + change == row["after"]  # type: ignore[operator]
    assert rows["total"]["moved"] == 2 and rows["total"]["same"] == 1
    assert [[cell.value for cell in row] for row in splits(diff(*two)).rows][0] == ["train", 4, 1, 1]
    pairs = [[cell.value for cell in row] for row in relabelled(diff(*two)).rows]
    assert pairs == [["class-a", "class-b", 1], ["class-a", "class-c", 1]]


def test_every_number_leads_to_as_many_pictures(two: tuple[Release, Release], as_role: Any) -> None:
    client: Client = as_role("reader")
    followed = 0
    for table in (per_class(diff(*two)), splits(diff(*two)), relabelled(diff(*two))):
        for row in table.lines():
            for cell in row:
                if cell.url and cell.value:
                    assert client.get(cell.url).context["page"].paginator.count == cell.value, cell
                    followed += 1
    assert followed > 20


def test_nothing_differs(two: tuple[Release, Release]) -> None:
    one, _two = two
    assert "nothing differs" in summary(diff(one, one)) and not list(Rows(diff(one, one), {}).all())
    again = make_release(
        "again",
        {row.original_name: ("A", row.split, row.source, row.licence) for row in one.members.all()},
        one.project,
    )
    assert "The same pictures stand" in summary(diff(one, again))


def test_two_projects_are_compared_by_slug(two: tuple[Release, Release]) -> None:
    other = make_release(
        "other", {"same": ("A", "train", "K", "CC0-1.0"), "own": ("B", "train", "K", "CC0-1.0")}
    )
    found = diff(two[0], other)
    assert names(Rows(found, {"change": "same"})) == {"same"} and found.count(change="added") == 1
    assert f"two projects, {two[0].project.key} and {other.project.key}" in summary(found)
    assert "two projects" not in summary(diff(*two))


def test_a_survey_has_a_column_where_there_is_one(two: tuple[Release, Release]) -> None:
    plain: Picture = ("A", "train", "K", "CC0-1.0")
    survey = make_release("survey", {"one": plain, "two": ("A", "survey", "L", "CC0-1.0")}, two[0].project)
    table = class_split(survey)
    assert [column.key for column in table.columns][1:] == ["train", "test", "validate", "survey", "total"]
    assert [cell.value for cell in table.rows[0]] == ["class-a", 1, 0, 0, 1, 2]
    assert "survey" not in {column.key for column in class_split(two[0]).columns}


def test_the_files(two: tuple[Release, Release], as_role: Any) -> None:
    text = "".join(written(diff(*two), "tsv"))
    lines = list(csv.DictReader(io.StringIO(text), dialect="excel-tab"))
    both = next(line for line in lines if line["original_name"] == "both")
    assert len(lines) == 8 and both["changes"] == "moved,relabelled"
    assert (both["category_a"], both["category_b"], both["split_b"]) == ("class-a", "class-c", "validate")
    document = json.loads("".join(written(diff(*two), "json")))
    assert [document[side]["release"] for side in "ab"] == ["one", "two"]
    assert [table["table"] for table in document["tables"]] == ["classes", "splits", "relabelled"]
    assert {p["original_name"]: p["changes"] for p in document["pictures"]}["both"] == ["moved", "relabelled"]
    assert json.loads("".join(written(diff(two[0], two[0]), "json")))["pictures"] == []
    markdown = "".join(written(diff(*two), "md"))
    assert markdown.startswith("# one → two\n") and "## Changes per class" in markdown
    assert "2 added, 1 removed, 2 moved to another split, 2 relabelled." in markdown

    client: Client = as_role("reader")
    query = urlencode({"a": "one", "b": "two", "change": "added"})
    for form in ("tsv", "json", "md"):
        response = client.get(f"{reverse('release_diff_file', args=[form])}?{query}")
        found = b"".join(response).decode()  # type: ignore[arg-type]
        assert found == "".join(written(diff(*two), form, {"change": "added"}))
        assert f'filename="one-to-two.{form}"' in response["Content-Disposition"]
        out = io.StringIO()
        call_command("diff", "one", "two", "--form", form, "--change", "added", stdout=out)
        assert out.getvalue() == found
    with pytest.raises(CommandError, match="There is no release 'three'"):
        call_command("diff", "one", "three")


def test_addresses_that_lead_nowhere(two: tuple[Release, Release], as_role: Any) -> None:
    client: Client = as_role("reader")
    base = reverse("release_diff")
    assert client.get(f"{base}?a=one&b=none").status_code == 404
    assert client.get(f"{base}?a=one&b=two&change=eaten").status_code == 400
    assert client.get(f"{base}?a=one").status_code == 200
    file = reverse("release_diff_file", args=["tsv"])
    for query in ("a=one", "a=one&b=two&change=eaten"):
        assert client.get(f"{file}?{query}").status_code == 404
    assert client.get(f"{reverse('release_diff_file', args=['exe'])}?a=one&b=two").status_code == 404
    Release.objects.create(
        name="open", project=two[0].project, seed=1, train=1, test=1, validate=1, software="t"
    )
    assert client.get(f"{base}?a=one&b=open").status_code == 404

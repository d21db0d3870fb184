"""The tables of a release's report: what they count, what they say, and where their numbers lead."""

from __future__ import annotations

import csv
import io
import json
import math
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curation.models import (
    Candidate,
    GoldItem,
    LabelClass,
    Release,
    ReleaseLeftOut,
    ReleaseMember,
    User,
    Vote,
)
from curation.selectors.release_reports import registry
from curation.selectors.release_reports.composition import alarms, spread
from curation.selectors.release_reports.counts import PROOF, composition, groups
from curation.selectors.release_reports.table import FORMS, Cell, Column, ReportTable, render, to_html
from curation.selectors.releases import members
from curation.services.freeze import freeze
from tests.curation.releases.conftest import Garden, MakeGarden, sha256_for
from tests.factories import make_user

TABLE = ReportTable(
    "small",
    "A small table",
    [Column("category", "Class", "text"), Column("n", "Pictures"), Column("share", "Share", "share")],
    [
        [Cell("a", text="Class | A"), Cell(1234, "/rows/?n"), Cell(0.61538461)],
        [Cell("b"), Cell(0, "/x"), Cell(None)],
    ],
    [Cell("total", text="Total"), Cell(1234), Cell(1.0)],
    ["A note."],
    "SELECT 1;",
)


def by_key(table: ReportTable) -> dict[str, dict[str, Any]]:
    """Value of the first cell -> column key -> value."""
    keys = [column.key for column in table.columns]
    return {str(row[0].value): {k: c.value for k, c in zip(keys, row, strict=True)} for row in table.lines()}


def made(release: Release, key: str) -> dict[str, dict[str, Any]]:
    return by_key(registry.TABLES[key](release))


def test_one_table_in_four_forms() -> None:
    assert render(TABLE, "tsv") == "category\tn\tshare\na\t1234\t0.615385\nb\t0\t\ntotal\t1234\t1.0\n"
    assert render(TABLE, "md") == (
        "## A small table\n\n"
        "| Class      | Pictures | Share   |\n"
        "| ---------- | -------- | ------- |\n"
        "| Class \\| A | 1,234    | 61.5 %  |\n"
        "| b          | 0        | –       |\n"
        "| Total      | 1,234    | 100.0 % |\n"
        "\nA note.\n"
        "\n```sql\nSELECT 1;\n```\n"
    )
    document = json.loads(render(TABLE, "json"))
    assert document["rows"][0] == {"category": "a", "n": 1234, "share": 0.615385}
    assert document["links"] == [{"n": "/rows/?n"}, {"n": "/x"}] and document["total"]["n"] == 1234
    html = to_html(TABLE)
    assert '<a href="/rows/?n">1,234</a>' in html and "/x" not in html  # nothing lies behind 0


def test_class_and_licence_and_class_and_split(release: Release) -> None:
    licences, splits = made(release, "class-licence"), made(release, "class-split")
    for slug in ("class-a", "class-b", "class-c"):
        own = release.members.filter(category=slug)
        for licence in own.values_list("licence", flat=True).distinct():
            assert licences[slug][licence] == own.filter(licence=licence).count()
        assert splits[slug] == {"category": slug, "train": 3, "test": 1, "validate": 1, "total": 5}
    assert licences["total"]["total"] == 15 and splits["total"]["train"] == 9
    assert sum(v for k, v in licences["total"].items() if k not in ("category", "total")) == 15


def test_every_number_leads_to_as_many_rows(release: Release, as_role: Any) -> None:
    client: Client = as_role("reader")
    followed = 0
    for key in ("class-licence", "class-split", "leaks", "agreement"):
        table = registry.TABLES[key](release)
        for row in table.lines():
            for cell, column in zip(row, table.columns, strict=True):
                if cell.url and cell.value and column.kind == "count":
                    response = client.get(cell.url)
                    assert response.status_code == 200, cell.url
                    assert response.context["page"].paginator.count == cell.value, (key, column.key, cell)
                    followed += 1
    assert followed > 40


def test_the_crosstab_is_the_published_form(release: Release) -> None:
    text = registry.written(release, "crosstab", "md")
    assert text.startswith("| Category |") and text.endswith("| 15    |\n")


def test_effective_numbers_of_sources() -> None:
    even = spread({"a": 10, "b": 10, "c": 10, "d": 10, "none": 0})
    assert (even.sources, even.largest, even.n) == (4, "a", 10)
    assert even.first == pytest.approx(4) and even.second == pytest.approx(4)
    # Two thirds and one third: exp(ln 3 - 2/3 ln 2) and 1 / (4/9 + 1/9).
    two = spread({"b": 20, "a": 10})
    assert two.first == pytest.approx(3 / 2 ** (2 / 3)) and two.second == pytest.approx(1.8)
    assert spread({"K": 7}).first == pytest.approx(1)
    assert math.isclose(spread({"a": 1, "b": 10**6}).second, 1, abs_tol=1e-5)
    with pytest.raises(ValueError):
        spread({"a": 0})


def test_a_class_from_one_source_rings_the_alarm(make_garden: MakeGarden) -> None:
    garden = make_garden(2, key="flora")
    for label in garden.classes:
        for n in range(5):
            garden.plant(label, source="K" if label.key == "A" and n else f"S{n}")
    release = freeze(garden.project, seed=1, name="first", train=3, test=1, validate=1)
    rows = made(release, "sources")
    assert rows["class-a"] | {"effective_sources": 0, "inverse_simpson": 0} == {
        "category": "class-a",
        "pictures": 5,
        "sources": 2,
        "effective_sources": 0,
        "inverse_simpson": 0,
        "largest_source": "K",
        "largest_pictures": 4,
        "largest_share": 0.8,
        "alarm": "single-source",
    }
    assert rows["class-b"]["alarm"] == "" and rows["class-b"]["effective_sources"] == pytest.approx(5)
    assert rows["total"]["pictures"] == 10 and rows["total"]["sources"] == 6
    assert alarms(composition(release)) == [("Class A", "K", 0.8)]


def test_the_leak_proof_counts_from_the_rows(make_garden: MakeGarden) -> None:
    garden = make_garden(1, key="flora")
    [label] = garden.classes
    for n in range(6):
        garden.plant(label, source="K", name=f"p{n}", occurrence_id=f"{n // 2}")
    for n in range(3):
        garden.plant(label, source="K", name=f"alone {n}")
    release = freeze(garden.project, seed=1, name="first", train=5, test=2, validate=2)
    found = groups(release)
    assert (found.groups, found.shared, found.pictures, found.leaking) == (6, 3, 6, 0)
    assert [n for _name, n, _split, _class in found.largest] == [2, 2, 2]
    table = registry.TABLES["leaks"](release)
    with connection.cursor() as cursor:
        cursor.execute(table.query)
        assert cursor.fetchall() == []
    shared = members(release, {"group": "shared"})
    assert shared.count() == 6 and members(release, {"group": found.largest[0][0]}).count() == 2
    assert not members(release, {"group": "leaking"}).exists()


def test_the_proof_finds_a_leak(release: Release) -> None:
    """The query itself: in a table of its own, for the real one refuses such rows."""
    sql = PROOF.format(name="first").replace("curation_releasemember", "leaky")
    one, other = release.members.filter(split="train").first(), release.members.filter(split="test").first()
    assert one and other
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE leaky AS SELECT * FROM curation_releasemember")
        cursor.execute("UPDATE leaky SET leak_group = %s WHERE id = %s", [one.leak_group, other.pk])
        cursor.execute(sql)
        assert cursor.fetchall() == [(one.leak_group, 2, "test", "train")]


class Judging:
    """Votes on planted pictures, cast where one says."""

    def __init__(self, garden: Garden) -> None:
        self.garden = garden
        self.second, self.third = make_user("curator"), make_user("curator")

    def vote(self, candidate: Candidate, label: LabelClass | None, user: User, **fields: Any) -> Vote:
        kind = fields.pop("kind", "label")
        return Vote.objects.create(
            id=uuid.uuid4(), candidate=candidate, user=user, kind=kind, label=label, **fields
        )


def test_agreement_of_the_votes_behind_a_release(make_garden: MakeGarden) -> None:
    garden = make_garden(2, key="flora")
    a, b = garden.classes
    judging = Judging(garden)
    in_a = [garden.plant(a) for _ in range(5)]
    in_b = [garden.plant(b) for _ in range(5)]
    for candidate in in_a[:3]:
        judging.vote(candidate, a, judging.second)
    judging.vote(in_a[3], b, judging.second)  # in dispute until the lead
    judging.vote(in_a[3], a, make_user("lead"), via="lead")
    for candidate in in_b[:2]:
        judging.vote(candidate, b, judging.third)
    # None of these count: taken back, of an earlier round, an answer to a known one.
    undone = judging.vote(in_b[2], a, judging.second)
    judging.vote(in_b[2], None, judging.second, kind="undo", undoes=undone)
    Candidate.objects.filter(pk=in_b[3].pk).update(round=2)
    judging.vote(in_b[3], b, judging.second, round=2)
    gold = GoldItem.objects.create(project=garden.project, candidate=in_b[4], label=b, created_by=garden.user)
    judging.vote(in_b[4], a, judging.second, gold=gold)
    release = freeze(garden.project, seed=1, name="first", train=3, test=1, validate=1)

    rows = made(release, "agreement")
    assert rows["class-a"]["pictures"] == 5 and rows["class-a"]["votes"] == 9
    assert (rows["class-a"]["judged_twice"], rows["class-a"]["disputed"], rows["class-a"]["settled"]) == (
        4,
        1,
        1,
    )
    assert rows["class-a"]["reviewers"] == 2 and rows["class-b"]["reviewers"] == 3
    assert rows["class-a"]["percent"] == pytest.approx(3 / 4)
    assert (rows["class-b"]["votes"], rows["class-b"]["judged_twice"], rows["class-b"]["percent"]) == (
        7,
        2,
        1.0,
    )
    assert rows["total"]["reviewers"] == 3 and rows["total"]["percent"] == pytest.approx(5 / 6)
    # Krippendorff 2011, nominal: 6 units, 12 values, 7 a and 5 b, coincidences 6 aa, 4 bb, 1 ab, 1 ba.
    assert rows["total"]["alpha"] == pytest.approx(1 - 11 * 2 / (2 * 7 * 5))
    assert (
        rows["class-a"]["alpha"] == rows["class-b"]["alpha"] == rows["total"]["alpha"]
    )  # two classes: one question
    assert rows["total"]["alpha_low"] < rows["total"]["alpha"] < rows["total"]["alpha_high"]

    cache.clear()
    for how, n in (("once", 4), ("twice", 6), ("disputed", 1), ("settled", 1)):
        assert members(release, {"judged": how}).count() == n, how
    assert members(release, {"judged": "twice", "category": "class-b"}).count() == 2


def test_what_is_said_later_changes_nothing(make_garden: MakeGarden) -> None:
    garden = make_garden(1, key="flora")
    [label] = garden.classes
    judging = Judging(garden)
    rows = [garden.plant(label) for _ in range(3)]
    vote = judging.vote(rows[0], label, judging.second)
    release = freeze(garden.project, seed=1, name="first", train=1, test=1, validate=1)
    judging.vote(rows[1], label, judging.second)
    judging.vote(rows[0], None, judging.second, kind="undo", undoes=vote)
    Candidate.objects.filter(pk=rows[0].pk).update(round=2)
    judging.vote(rows[0], label, judging.third, round=2)
    found = made(release, "agreement")["total"]
    assert (found["votes"], found["judged_twice"], found["reviewers"]) == (4, 1, 2)
    assert found["alpha"] is None  # one class: nothing could have differed
    assert found["percent"] == 1.0


def leave_out(release: Release, rows: list[tuple[str, str, str]]) -> None:
    """Rows of what was left out, as freezing writes them: before the manifest is set."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        ReleaseLeftOut.objects.bulk_create(
            ReleaseLeftOut(
                release=release,
                sha256=sha256_for(f"left out {at}"),
                category=category,
                reason=reason,
                detail=detail,
                source="K",
                licence="CC0-1.0",
            )
            for at, (category, reason, detail) in enumerate(rows)
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_why_pictures_were_left_out(release: Release, as_role: Any) -> None:
    leave_out(
        release,
        [
            ("class-a", "surplus", ""),
            ("class-a", "surplus", ""),
            ("class-b", "licence", ""),
            ("", "undecided", "open"),
        ],
    )
    rows = made(release, "left-out")
    kept = release.left_out
    assert rows["class-a"]["surplus"] == kept.filter(category="class-a", reason="surplus").count() >= 2
    assert rows["class-b"]["licence"] == 1 and rows[""]["undecided"] == 1
    assert rows["total"]["total"] == kept.count() >= 4
    client: Client = as_role("reader")
    table = registry.TABLES["left-out"](release)
    for row in table.lines():
        for cell in row[1:]:
            if cell.value:
                assert client.get(cell.url).context["page"].paginator.count == cell.value, cell.url
    assert client.get("/releases/first/left-out/?reason=none").status_code == 400
    assert client.get("/releases/first/left-out.tsv?reason=none").status_code == 404
    file = b"".join(client.get("/releases/first/left-out.tsv?category=-")).decode()  # type: ignore[arg-type]
    assert [row["detail"] for row in csv.DictReader(io.StringIO(file), dialect="excel-tab")] == ["open"]


def test_a_report_is_kept_but_not_before_the_release_is_frozen(release: Release) -> None:
    with CaptureQueriesContext(connection) as first:
        for key in registry.KEYS:
            registry.written(release, key, "tsv")
    with CaptureQueriesContext(connection) as second:
        for key in registry.KEYS:
            registry.written(release, key, "tsv")
    # The names of classes are read anew: they may change.
    assert len(second) < 3 < len(first)
    open_one = Release.objects.create(
        name="open", project=release.project, seed=1, train=1, test=0, validate=0, software="test"
    )
    assert composition(open_one).pictures == 0
    member = release.members.first()
    assert member is not None
    ReleaseMember.objects.create(
        **{
            f.name: getattr(member, f.name)
            for f in ReleaseMember._meta.fields
            if f.name not in ("id", "release")
        },
        release=open_one,
    )
    assert composition(open_one).pictures == 1


def test_the_command_prints_each_table(release: Release) -> None:
    for key in registry.KEYS:
        for form in FORMS:
            out = io.StringIO()
            call_command("report", "--release", "first", "--table", key, "--form", form, stdout=out)
            assert out.getvalue() == registry.written(release, key, form)
    with pytest.raises(CommandError, match="There is no release 'none'; there are: first"):
        call_command("report", "--release", "none", "--table", "sources")

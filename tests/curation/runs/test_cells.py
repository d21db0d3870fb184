"""A cell of the confusion matrix opens its pictures, and no others."""

from __future__ import annotations

import csv
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from curation.models import Evaluation, Release
from curation.selectors.evaluations import EvaluationView
from tests.curation.conftest import AsRole
from tests.factories import make_model
from tests.run_rows import CLASSES, report

pytestmark = pytest.mark.django_db

HEAD = ["id", "category", "prediction", "confidence", "source", "licence"]


def put_table(evaluation: Evaluation, rows: list[list[Any]], head: list[str] = HEAD) -> Path:
    place = Path(settings.RUNS_DIR) / evaluation.run.folder / "predictions.tsv"
    with place.open("w", newline="") as file:
        csv.writer(file, dialect="excel-tab", lineterminator="\n").writerows([head, *rows])
    return place


@pytest.fixture
def measured(release: Release, make_evaluation: Callable[..., Evaluation]) -> Evaluation:
    """Nine pictures of training, of which two of the first class are taken for the second."""
    members = list(release.members.filter(split="train").order_by("category_index", "sha256"))
    rows = [
        [one.sha256, one.category_name, one.category_name, f"{0.5 + place / 20:.6f}", one.source, one.licence]
        for place, one in enumerate(members)
    ]
    rows[0][2:4] = ["Class B", "0.910000"]
    rows[1][2:4] = ["Class B", "0.970000"]
    counts = Counter((row[1], row[2]) for row in rows)
    found = report()
    found["classification"]["confusion"] = [[counts[one, other] for other in CLASSES] for one in CLASSES]
    evaluation = make_evaluation(make_model(CLASSES), "train", metrics=found)
    put_table(evaluation, rows)
    return evaluation


def shown(client: Client, address: str) -> list[str]:
    """The SHA-256 of the pictures of a page, in its order."""
    return re.findall(r'class="thumb" href="/images/([0-9a-f]{64})/', client.get(address).content.decode())


def test_each_cell_opens_exactly_its_pictures(as_role: AsRole, measured: Evaluation) -> None:
    client = as_role("reader")
    plots = EvaluationView(measured).plots
    with (Path(settings.RUNS_DIR) / measured.run.folder / "predictions.tsv").open() as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    for at, one in enumerate(CLASSES):
        for to, other in enumerate(CLASSES):
            wanted = [row for row in rows if (row["category"], row["prediction"]) == (one, other)]
            assert plots["confusion"][at][to] == len(wanted)
            if not wanted:
                assert plots["links"][at][to] == ""
                continue
            wanted.sort(key=lambda row: -float(row["confidence"]))
            assert shown(client, plots["links"][at][to]) == [row["id"] for row in wanted]
    wrong = client.get(plots["links"][0][1]).content.decode()
    assert "2 pictures: Class A, taken for Class B" in wrong and "97 %" in wrong


def test_the_page_of_the_evaluation_brings_the_addresses(as_role: AsRole, measured: Evaluation) -> None:
    page = as_role("reader").get(reverse("evaluation", args=[measured.pk])).content.decode()
    found = re.search(r'<script id="plots" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    address = json.loads(found[1])["links"][0][1]
    assert address == f"/evaluations/{measured.pk}/pictures/?decided=Class+A&said=Class+B"
    assert f'<a href="{html.escape(address)}">2</a>' in page  # in the table, for keys and screen readers


def test_rows_columns_and_all_can_be_asked_for(as_role: AsRole, measured: Evaluation) -> None:
    client, address = as_role("reader"), reverse("evaluation_pictures", args=[measured.pk])
    assert len(shown(client, address)) == 9
    assert len(shown(client, f"{address}?decided=Class+A")) == 3
    assert len(shown(client, f"{address}?said=Class+B")) == 5
    empty = client.get(f"{address}?decided=Class+C&said=Class+A")
    assert empty.status_code == 200 and b"No pictures like that" in empty.content
    for wrong in ("?decided=Class+Z", "?said=%00", "?decided=Class+A&said=x"):
        refused = client.get(address + wrong)
        assert refused.status_code == 400 and b"A filter in the address is not known" in refused.content
    assert client.get(reverse("evaluation_pictures", args=[measured.pk + 1])).status_code == 404


def test_a_table_that_is_gone_or_another_is_said(as_role: AsRole, measured: Evaluation) -> None:
    client, address = as_role("reader"), reverse("evaluation_pictures", args=[measured.pk])
    unknown = put_table(measured, [["0" * 64, "Class A", "Class A", "0.5", "", ""]])
    page = client.get(address).content.decode()
    assert "1 picture" in page and f"{'0' * 16}…" in page  # of a picture that is not here
    put_table(measured, [["x", "y"]], ["id", "class"])
    assert b"The table of predictions is gone" in client.get(address).content
    unknown.unlink()
    assert b"The table of predictions is gone" in client.get(address).content


def test_it_takes_the_same_queries_for_any_number(
    as_role: AsRole, measured: Evaluation, django_assert_max_num_queries: Any
) -> None:
    client = as_role("reader")
    with django_assert_max_num_queries(12):
        client.get(reverse("evaluation_pictures", args=[measured.pk]))

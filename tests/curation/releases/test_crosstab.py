"""The class x source table, byte for byte as published, and its other forms."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from curation.errors import Refused
from curation.models import Release
from curation.selectors import crosstab
from tests.shared import SHARED

PUBLISHED = Path(__file__).resolve().parents[3] / "curation" / "data" / "herbariograph"
SMALL = crosstab.Crosstab.of({("b-two words", "Z"): 1_234, ("a", "a"): 1, ("a", "Z"): 2, ("c", "a"): 0})


def labels(folder: Path) -> Path:
    """The labels that make the published table: 208,896 lines with two columns of interest."""
    with (PUBLISHED / "crosstab.tsv").open(newline="") as file:
        published = list(csv.DictReader(file, dialect="excel-tab"))
    with (PUBLISHED / "classes.tsv").open(newline="") as file:
        slugs = {
            crosstab.title(row["slug"]): row["slug"] for row in csv.DictReader(file, dialect="excel-tab")
        }
    path = folder / "labels.tsv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        writer.writerow(["id", "source", "category"])
        number = 0
        for row in reversed(published):
            if row["Category"] != "Total":
                for source, n in list(row.items())[1:-1]:
                    for _ in range(int(n)):
                        writer.writerow([number, source, slugs[row["Category"]]])
                        number += 1
    assert number == 208_896
    return path


@pytest.mark.shared_data
def test_the_markdown_is_the_published_table(tmp_path: Path) -> None:
    readme = next((SHARED.parent / "seeds").glob("000_*.txt")).read_text()
    start = readme.index("| Category ")
    expected = readme[start : readme.index("\n\n", start) + 1]
    assert expected.count("\n") == 20
    assert crosstab.to_markdown(crosstab.of_labels(labels(tmp_path))) == expected


def test_the_tsv_is_the_published_one(tmp_path: Path) -> None:
    expected = (PUBLISHED / "crosstab.tsv").read_text()
    assert crosstab.to_tsv(crosstab.of_labels(labels(tmp_path))) == expected


def test_orders_are_by_bytes_and_totals_come_last() -> None:
    assert SMALL.sources == ["Z", "a"]
    assert SMALL.lines() == [("a", [2, 1, 3]), ("b-two words", [1_234, 0, 1_234]), (None, [1_236, 1, 1_237])]
    assert crosstab.to_markdown(SMALL) == (
        "| Category    | Z     | a   | Total |\n"
        "| ----------- | ----- | --- | ----- |\n"
        "| A           | 2     | 1   | 3     |\n"
        "| B two words | 1,234 | 0   | 1,234 |\n"
        "| Total       | 1,236 | 1   | 1,237 |\n"
    )


def test_json_has_slugs_and_every_count() -> None:
    document = json.loads(crosstab.to_json(SMALL))
    assert document["sources"] == ["Z", "a"]
    assert document["rows"][1] == {
        "category": "b-two words",
        "name": "B two words",
        "counts": {"Z": 1_234, "a": 0},
        "total": 1_234,
    }
    assert document["total"]["total"] == 1_237


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(str(dict(attrs)["href"]))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_html_leads_to_the_pictures_and_escapes() -> None:
    table = crosstab.Crosstab.of({("a", "<b>&"): 1_000})
    cells = Cells()
    cells.feed(crosstab.to_html(table, crosstab.member_link("/releases/r/members/", "test")))
    assert "<b>&" in cells.text and cells.text.count("1,000") == 4
    assert cells.links == [
        "/releases/r/members/?category=a&source=%3Cb%3E%26&split=test",
        "/releases/r/members/?category=a&split=test",
        "/releases/r/members/?source=%3Cb%3E%26&split=test",
        "/releases/r/members/?split=test",
    ]
    assert "<a" not in crosstab.to_html(table)


def test_an_empty_table() -> None:
    nothing = crosstab.Crosstab.of({})
    assert crosstab.to_tsv(nothing) == "Category\tTotal\nTotal\t0\n"
    for form in crosstab.FORMATS:
        assert crosstab.render(nothing, form)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"category\tplace\nanimal\tX\n", "column 'source' is missing"),
        (b"", "column 'category' is missing"),
        (b"category\tsource\nanimal\tX\nplant\n", "line 3: 1 cells, the header has 2"),
        (b"category\tsource\nanimal\t\n", "line 2: column 'source' is empty"),
        (b"category\tsource\nanimal\t\xff\n", "not UTF-8"),
        (b'category\tsource\n"animal\tX\n', "not a table"),
    ],
)
def test_labels_that_are_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_bytes(content)
    with pytest.raises(Refused, match=message):
        crosstab.of_labels(path)


def test_labels_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        crosstab.of_labels(tmp_path / "none.tsv")


@pytest.mark.django_db
def test_counts_of_a_release_and_of_one_split(release: Release) -> None:
    assert crosstab.of_release(release).count(None, None) == 15
    parts = [crosstab.of_release(release, split) for split in ("train", "test", "validate")]
    assert [part.count("class-a", None) for part in parts] == [3, 1, 1]
    whole = crosstab.of_release(release)
    for cell, n in whole.counts.items():
        assert n == sum(part.counts.get(cell, 0) for part in parts)

"""Sets of drawn pictures: numbers, records, second views, folders."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.drawing import CLASS_SLUGS, SOURCES, Drawn, demo_set, write_folder
from curation.drawing.demo import SECOND_VIEWS
from curation.drawing.taxa import GENERA
from tests.shared import SHARED

LICENCES = {"CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0"}


@pytest.fixture(scope="module")
def large() -> list[Drawn]:
    return list(demo_set(300))


@pytest.mark.shared_data
def test_slugs_are_the_published_ones_in_their_order() -> None:
    with (SHARED / "herbariograph" / "classes.tsv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file, delimiter="\t"), key=lambda row: int(row["index"]))
    assert tuple(row["slug"] for row in rows) == CLASS_SLUGS


def test_counts_and_order() -> None:
    items = list(demo_set(4))
    assert Counter(item.slug for item in items) == dict.fromkeys(CLASS_SLUGS, 4)
    assert tuple(item.slug for item in items[:17]) == CLASS_SLUGS
    assert [item.slug for item in demo_set(2, classes=["text-focused", "live-plants"])] == [
        "text-focused", "live-plants", "text-focused", "live-plants",
    ]  # fmt: skip


def test_a_set_is_a_stream_that_a_larger_one_continues(large: list[Drawn]) -> None:
    assert list(islice(demo_set(200_000), 100)) == large[:100]
    assert list(demo_set(5)) == large[: 5 * 17]
    assert next(demo_set(1, seed=2)).seed != large[0].seed


def test_each_class_has_three_sources_of_unequal_shares(large: list[Drawn]) -> None:
    few: defaultdict[str, set[str]] = defaultdict(set)
    many: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for position, item in enumerate(large):
        many[item.slug][item.source_code] += 1
        if position < 3 * 17:
            few[item.slug].add(item.source_code)
    for slug in CLASS_SLUGS:
        assert len(few[slug]) == 3
        counts = many[slug].most_common()
        assert len(counts) >= 3
        assert counts[0][1] > 1.3 * counts[-1][1]
    assert {code for counts in many.values() for code in counts} == {source.code for source in SOURCES}


def test_licences_follow_the_source(large: list[Drawn]) -> None:
    by_source = {source.code: source for source in SOURCES}
    assert {item.licence for item in large} == LICENCES
    for item in large:
        assert item.licence == by_source[item.source_code].licence
        assert item.rights_holder == item.source_name == by_source[item.source_code].name
        assert "drawn" in item.source_name.lower()


def test_names_are_invented_and_agree(large: list[Drawn]) -> None:
    families = {genus.name: genus.family for genus in GENERA}
    plants = [item for item in large if item.slug != "animal-specimens"]
    assert {item.genus for item in plants} == set(families)
    for item in plants:
        assert item.family == families[item.genus]
        assert item.scientific_name.split()[0] == item.genus


def test_some_specimens_were_photographed_twice(large: list[Drawn]) -> None:
    by_specimen = defaultdict(list)
    for item in large:
        by_specimen[item.occurrence_id].append(item)
    twice = [pair for pair in by_specimen.values() if len(pair) > 1]
    assert 0.5 * SECOND_VIEWS < len(twice) / len(large) < 1.5 * SECOND_VIEWS
    for first, second in twice:
        assert (first.view, second.view) == (1, 2)
        assert (first.slug, first.source_code, first.catalog_number) == (
            second.slug,
            second.source_code,
            second.catalog_number,
        )
        assert first.file_name != second.file_name
    assert len({item.file_name for item in large}) == len(large)


def test_a_second_view_is_another_picture_of_the_same_thing(large: list[Drawn]) -> None:
    second = next(item for item in large if item.view == 2 and item.slug == "biocultural-specimens")
    first = next(item for item in large if item.occurrence_id == second.occurrence_id)
    a, b = (
        np.asarray(item.image(96).convert("L").resize((16, 16), Image.Resampling.BOX), float)
        for item in (first, second)
    )
    assert first.image(96).tobytes() != second.image(96).tobytes()
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.7
    assert abs(a.mean() / b.mean() - 1) > 0.05


def test_a_folder_reads_back(tmp_path: Path) -> None:
    paths = write_folder(tmp_path, 2, seed=3, short_side=48)
    with (tmp_path / "labels.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    items = list(demo_set(2, seed=3))
    assert [tmp_path / row["file"] for row in rows] == paths
    assert [row["category"] for row in rows] == [item.slug for item in items]
    assert [row["occurrenceID"] for row in rows] == [item.occurrence_id for item in items]
    assert [row["scientificName"] for row in rows] == [item.scientific_name for item in items]
    assert {row["licence"] for row in rows} <= LICENCES
    for path, item in zip(paths, items, strict=True):
        assert path.parent.name == item.slug
        assert path.read_bytes() == item.jpeg(48)
    assert {file.suffix for file in tmp_path.rglob("*") if file.is_file()} == {".jpg", ".tsv"}


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="per_class must be between 0 and 1000000; got -1"):
        demo_set(-1)
    with pytest.raises(ValueError, match="'no-such-class'"):
        demo_set(1, classes=["no-such-class"])

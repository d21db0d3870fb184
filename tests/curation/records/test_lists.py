"""Lists of pictures in the layouts people send, and what is said about rows that can't be used."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from curation.records import Medium, Problem, RecordsError, list_headers
from curation.records.text import MOST_LINE, Encoding, line_blocks
from tests.curation.records.builders import opened, rows_of, write_zip
from tests.shared import SHARED

LISTS = SHARED / "herbariograph" / "lists"
URL = "https://pictures.example.org/{}.jpg"


def read(path: Path, text: str | bytes, **columns: str) -> tuple[list[Medium], list[Problem]]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return rows_of(opened(path, path.parent / "work", columns or None))


def refusal(path: Path, text: str | bytes, **columns: str) -> RecordsError:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecordsError) as error:
        opened(path, path.parent / "work", columns or None)
    return error.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.tsv"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "columns", "media", "problems"),
    [
        (
            "ECON+EBC.tsv",
            {"access_uri", "occurrence_id", "institution_code", "collection_code", "scientific_name"},
            7471,
            [5735, 5736, 5737],
        ),
        ("F-EBC.tsv", {"access_uri", "institution_code"}, 9017, []),
        ("K-EBC.tsv", {"access_uri", "occurrence_id"}, 2441, []),
        ("NHMD-BC.tsv", {"access_uri", "occurrence_id"}, 1488, []),
    ],
)
def test_real_lists(name: str, columns: set[str], media: int, problems: list[int], tmp_path: Path) -> None:
    delivery = opened(LISTS / name, tmp_path / "work")
    assert (delivery.kind, set(delivery.columns), delivery.unknown) == ("list", columns, [])
    found, wrong = rows_of(delivery)
    assert len(found) == media
    assert len({medium.access_uri for medium in found}) == media
    assert [each.row for each in wrong][: len(problems)] == problems
    assert {each.rule for each in wrong} <= {"columns"}
    lines = (LISTS / name).read_text().splitlines()
    assert len(found) + len(wrong) == len(lines) - 1
    for medium in found[::500]:
        assert medium.access_uri in lines[medium.row - 1]
        assert medium.file == name


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["ECON+EBC.tsv", "F-EBC.tsv"])
def test_columns_in_another_order_give_the_same(name: str, tmp_path: Path) -> None:
    lines = [line.split("\t") for line in (LISTS / name).read_text().splitlines()[:2000]]
    order = list(range(len(lines[0])))
    random.Random(3).shuffle(order)
    path = tmp_path / name
    path.write_text("".join("\t".join(line[at] for at in order) + "\n" for line in lines))
    expected, _ = rows_of(opened(LISTS / name, tmp_path / "work"))
    assert rows_of(opened(path, tmp_path / "work"))[0] == expected[: len(lines) - 1]


def test_names_of_columns_without_case_spaces_and_prefixes(path: Path) -> None:
    text = (
        "Image URL\tdwc:Catalog_Number\tLICENCE\thttp://purl.org/dc/terms/rightsHolder\tGenus\n"
        f"{URL.format(1)}\tE001\tCC BY 4.0 \tRBGE\tRosa\n"
    )
    (medium,), problems = read(path, text)
    assert problems == []
    assert medium.access_uri == URL.format(1)
    assert (medium.catalog_number, medium.licence, medium.rights_holder, medium.genus) == (
        "E001", "CC BY 4.0 ", "RBGE", "Rosa",
    )  # fmt: skip
    assert (medium.row, medium.kind, medium.path) == (2, "image", None)


def test_unknown_columns_and_suggestions_are_listed(path: Path) -> None:
    path.write_text(f"url\tcollector\txxh64\tlabel\n{URL.format(1)}\tnobody\tab\tlive-plants\n")
    delivery = opened(path, path.parent / "work")
    assert delivery.headers == ["url", "collector", "xxh64", "label"]
    assert delivery.unknown == ["collector"]
    assert delivery.suggestions["access_uri"] == "url"
    assert delivery.suggestions["licence"] == ""
    assert rows_of(delivery)[0][0].proposed_label == "live-plants"


def test_a_person_chooses_the_columns(path: Path) -> None:
    text = f"url\tplace\tlabel\n{URL.format(1)}\t{URL.format(2)}\tlive-plants\n"
    (medium,), _ = read(path, text, access_uri="place", proposed_label="")
    assert (medium.access_uri, medium.proposed_label) == (URL.format(2), "")
    error = refusal(path, text, access_uri="nowhere")
    assert error.rule == "unknown-column"
    assert str(error) == (
        "list.tsv: access_uri is to be read from column 'nowhere', which the list does not have. "
        "Its columns are 'url', 'place', 'label'."
    )
    assert refusal(path, text, colour="url").rule == "unknown-field"


@pytest.mark.parametrize(
    ("cell", "held"), [("https://a.example.org/1.jpg", True), ("urn:catalog:E:1", False), ("", False)]
)
def test_identifier_is_the_address_only_where_it_holds_addresses(path: Path, cell: str, held: bool) -> None:
    text = f"identifier\tfamily\n{cell}\tRosaceae\n"
    if held:
        assert read(path, text)[0][0].access_uri == cell
    else:
        assert refusal(path, text).rule == "no-address-column"


def test_no_column_of_addresses(path: Path) -> None:
    error = refusal(path, "occurrenceID\tname\n1\tRosa\n")
    assert error.rule == "no-address-column"
    assert str(error) == (
        "list.tsv: no column holds the addresses of the pictures. The columns are 'occurrenceID', 'name'. "
        "Call one accessURI, url, image_url, uri, link, associatedMedia or identifier, or choose it by hand."
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_the_names_of_columns_of_a_list_that_can_not_be_read(tmp_path: Path, zipped: bool) -> None:
    text = "picture;Zuordnung\r\n1;2\r\n" + "x;y\r\n" * 20_000
    path = tmp_path / "list"
    if zipped:
        write_zip(path, {"list.csv": text})
    else:
        path.write_text(text)
    assert list_headers(path) == ["picture", "Zuordnung"]


def test_a_list_without_names_of_columns(path: Path) -> None:
    error = refusal(path, f"{URL.format(1)}\n{URL.format(2)}\n")
    assert error.rule == "no-header"
    assert "line 1 holds an address where the names of the columns should stand" in str(error)


@pytest.mark.parametrize("text", ["url\n", "url\n\n  \n", "\n\n"])
def test_no_rows(path: Path, text: str) -> None:
    error = refusal(path, text)
    assert error.rule == "no-rows"
    assert "Send one with" in str(error)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_ends_of_lines_and_delimiters(path: Path, end: str, delimiter: str) -> None:
    rows = ["family,url".replace(",", delimiter), *(f"F{n}{delimiter}{URL.format(n)}" for n in range(3))]
    media, problems = read(path, end.join(rows) + end)
    assert problems == []
    assert [(m.row, m.family, m.access_uri) for m in media] == [
        (n + 2, f"F{n}", URL.format(n)) for n in range(3)
    ]


def test_quotation_marks_in_a_tab_list_are_text(path: Path) -> None:
    (medium,), problems = read(path, f'scientificName\turl\n"Rosa" canina, 5"\t{URL.format(1)}\n')
    assert problems == []
    assert medium.scientific_name == '"Rosa" canina, 5"'


def test_quotation_marks_in_a_comma_list_enclose(path: Path) -> None:
    text = (
        "scientificName,rights,url\r\n"
        f'"Rosa ""Peace"", L.","two\r\nlines",{URL.format(1)}\r\n'
        f'Rosa 5" tall,"",{URL.format(2)}\r\n'
        f'"a","b","{URL.format(3)}"\r\n'
        f'"c",d,"{URL.format(4)}"\r\n'
        f'"e "","" f","g","{URL.format(5)}"\r\n'
    )
    media, problems = read(path, text)
    assert problems == []
    assert [(m.row, m.scientific_name, m.licence) for m in media] == [
        (2, 'Rosa "Peace", L.', "two\nlines"), (4, 'Rosa 5" tall', ""), (5, "a", "b"),
        (6, "c", "d"), (7, 'e "," f', "g"),
    ]  # fmt: skip


def test_a_quotation_mark_that_never_closes_takes_one_row(path: Path) -> None:
    text = f'family,url\n"Rosaceae,{URL.format(1)}\n' + "".join(
        f"F,{URL.format(n)}\n" for n in range(2, 2000)
    )
    media, problems = read(path, text)
    assert [(each.row, each.rule) for each in problems] == [(2, "quotes")]
    assert problems[0].message == (
        "row 2 of list.tsv: a quotation mark opens a cell and is never closed. Close or double it."
    )
    assert len(media) == 1998
    assert media[-1].row == 2000


def test_many_unclosed_quotation_marks_do_not_hang(path: Path) -> None:
    text = "family,url\n" + "".join(f'a"b,"{n}{"x" * 300}\n' for n in range(20_001))
    _, problems = read(path, text)
    assert len(problems) > 10_000


def test_a_wrong_number_of_columns_names_row_and_counts(path: Path) -> None:
    media, problems = read(path, f"family\turl\nF\t{URL.format(1)}\nonly\nF\t{URL.format(2)}\tmore\n")
    assert len(media) == 1
    assert [(each.row, each.rule) for each in problems] == [(3, "columns"), (4, "columns")]
    assert problems[0].message == (
        "row 3 of list.tsv has 1 column where the table has 2. Look for a line break or a delimiter within "
        "a cell."
    )


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_cell_of_a_million_characters(path: Path, delimiter: str) -> None:
    quote = '"' if delimiter == "," else ""
    long = f"{quote}{'x' * 1_000_000}{quote}"
    text = f"family{delimiter}url\n{long}{delimiter}{URL.format(1)}\nF{delimiter}{URL.format(2)}\n"
    media, problems = read(path, text)
    assert [m.row for m in media] == [3]
    assert [(each.row, each.rule, each.column) for each in problems] == [(2, "too-long", "family")]
    assert problems[0].message.startswith(
        "row 2 of list.tsv: family has 1,000,000 characters; at most 100 are kept."
    )
    assert len(problems[0].value) <= 200


def test_a_line_that_never_ends_stays_bounded(path: Path) -> None:
    media, problems = read(path, b"family\turl\n" + b"x" * 30_000_000 + f"\nF\t{URL.format(2)}\n".encode())
    assert [m.row for m in media] == [3]
    assert [(each.row, each.rule) for each in problems] == [(2, "too-long")]
    longest = max(len(line) for lines in line_blocks(path, Encoding("utf-8")) for line in lines)
    assert longest == MOST_LINE


@pytest.mark.parametrize(
    ("header", "length"),
    [("url", 1000), ("scientificName", 300), ("institutionCode", 100), ("license", 10_000), ("format", 100)],
)
def test_the_longest_that_is_kept(path: Path, header: str, length: int) -> None:
    start = "https://a.example.org/" if header == "url" else ""
    other = "references" if header == "url" else "url"
    for size, wanted in ((length, []), (length + 1, ["too-long"])):
        value = start + "x" * (size - len(start))
        _, problems = read(path, f"{header}\t{other}\n{value}\t{URL.format(1)}\n")
        assert [each.rule for each in problems] == wanted


def test_an_address_that_comes_twice_names_the_first_row(path: Path) -> None:
    text = f"occurrenceID\turl\n1\t{URL.format(1)}\n1\t{URL.format(2)}\n2\t {URL.format(1)}\n"
    media, problems = read(path, text)
    assert [m.occurrence_id for m in media] == ["1", "1"]
    assert [(each.row, each.rule) for each in problems] == [(4, "duplicate")]
    assert problems[0].message == ("row 4 of list.tsv: the address stands in row 2 of list.tsv already.")


def test_twenty_thousand_addresses_are_told_apart(path: Path) -> None:
    rows = "".join(f"{URL.format(n % 20_000)}\n" for n in range(20_100))
    media, problems = read(path, "url\n" + rows)
    assert len(media) == 20_000
    assert [int(each.message.split(" row ")[1].split()[0]) for each in problems] == list(range(2, 102))


@pytest.mark.parametrize(
    ("cell", "rule", "said"),
    [
        ("", "no-address", "row 2 of list.tsv has no address of a picture; there is nothing to fetch."),
        ("https://a.example.org/None", "no-address", "has no address"),
        ("NULL", "no-address", "has no address"),
        ("a.example.org/1.jpg", "bad-address", "it does not begin with http:// or https://"),
        ("file:///etc/passwd", "file-address", "it names a file on a computer"),
        ("https://me:secret@a.example.org/1.jpg", "credentials", "it holds a user name or password"),
        ("http://127.0.0.1/1.jpg", "internal-address", "127.0.0.1 is no public address"),
    ],
)
def test_addresses_that_are_not_asked(path: Path, cell: str, rule: str, said: str) -> None:
    media, problems = read(path, f"family\turl\nF\t{cell}\n")
    assert media == []
    assert [(each.rule, each.column, each.value) for each in problems] == [(rule, "url", cell)]
    assert said in problems[0].message


def test_nul_characters(path: Path) -> None:
    media, problems = read(path, f"family\turl\nRo\0sa\t{URL.format(1)}\n")
    assert media == []
    assert [(each.rule, each.column, each.value) for each in problems] == [("nul", "family", "Ro\\x00sa")]
    assert "family holds a NUL character" in problems[0].message


def test_formats_that_are_no_pictures(path: Path) -> None:
    kinds = ["text/html", "audio/mpeg", "video/mp4", "application/pdf", "image/jpeg", "JPEG", ""]
    rows = "".join(f"{kind}\t{URL.format(n)}\n" for n, kind in enumerate(kinds))
    media, problems = read(path, "format\turl\n" + rows)
    assert [m.format for m in media] == ["image/jpeg", "JPEG", ""]
    assert [each.rule for each in problems] == ["landing-page", *["not-a-picture"] * 3]
    assert "the format 'text/html' is that of a web page about the picture" in problems[0].message


def test_several_addresses_in_one_cell(path: Path) -> None:
    media, problems = read(path, f"occurrenceID\tassociatedMedia\n7\t{URL.format(1)} | {URL.format(2)}\n")
    assert problems == []
    assert [(m.row, m.access_uri, m.occurrence_id) for m in media] == [
        (2, URL.format(1), "7"), (2, URL.format(2), "7"),
    ]  # fmt: skip


def test_iiif_addresses(path: Path) -> None:
    text = (
        "url\thttp://purl.org/dc/terms/format\n"
        "https://iiif.example.org/herb/E1/manifest\tapplication/json\n"
        "https://iiif.example.org/E2/manifest.json\t\n"
        "https://iiif.example.org/iiif/2/E3/info.json\tapplication/json\n"
        "https://iiif.example.org/iiif/2/E3/full/max/0/default.jpg\timage/jpeg\n"
    )
    media, problems = read(path, text)
    assert problems == []
    assert [m.kind for m in media] == ["iiif-manifest", "iiif-manifest", "iiif-info", "image"]

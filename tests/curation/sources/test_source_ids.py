"""Identifiers: what is kept, and what is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.services import source_ids

KEW = "00ynnr806"


@pytest.mark.parametrize(
    "text", [KEW, f"https://ror.org/{KEW}", f" ror.org/{KEW}/ ", "https://ror.org/00YNNR806"]
)
def test_a_ror_identifier_from_its_address(text: str) -> None:
    assert source_ids.ror(text) == KEW


@pytest.mark.parametrize(
    "text", ["00ynnr807", "00ynnr860", "0ynnr0806", "10ynnr806", "00ynnr80", "https://ror.org/", "00ylnr806"]
)
def test_a_mistyped_ror_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ROR identifier|mistyped"):
        source_ids.ror(text)


@given(
    st.text(source_ids.BASE32, min_size=6, max_size=6), st.integers(0, 5), st.sampled_from(source_ids.BASE32)
)
def test_one_wrong_character_is_always_noticed(middle: str, place: int, other: str) -> None:
    stem = "0" + middle
    identifier = stem + source_ids.ror_check_digits(stem)
    assert source_ids.ror(identifier) == identifier
    wrong = identifier[: 1 + place] + other + identifier[2 + place :]
    if wrong != identifier:
        with pytest.raises(ValueError, match="mistyped"):
            source_ids.ror(wrong)


def test_known_identifiers_have_their_check_digits() -> None:
    # Naturalis, Edinburgh, Paris, Meise, Field Museum: as their own pages and data sets state them.
    for identifier in ["0566bfb96", "0349vqz63", "03wkt5x30", "01h1jbk91", "00mh9zx15"]:
        assert source_ids.ror_check_digits(identifier[:7]) == identifier[7:]


@pytest.mark.parametrize(
    "text",
    [
        "390f06b3-a81e-41b9-972e-e790e0edfe04",
        "390F06B3-A81E-41B9-972E-E790E0EDFE04",
        "https://www.gbif.org/grscicoll/institution/390f06b3-a81e-41b9-972e-e790e0edfe04",
        "https://scientific-collections.gbif.org/institution/390f06b3-a81e-41b9-972e-e790e0edfe04/",
    ],
)
def test_a_grscicoll_key_from_its_address(text: str) -> None:
    assert source_ids.grscicoll(text) == "390f06b3-a81e-41b9-972e-e790e0edfe04"


@pytest.mark.parametrize(
    "text", ["K", "390f06b3", "390f06b3a81e41b9972ee790e0edfe04", "{390f06b3-a81e-41b9-972e-e790e0edfe04}"]
)
def test_what_is_no_grscicoll_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is a UUID"):
        source_ids.grscicoll(text)


def test_index_herbariorum_codes() -> None:
    assert source_ids.index_herbariorum(" MICH ") == "MICH"
    for text in ["k", "K1", "ABCDEFGHI", "K+EBC", "Á"]:
        with pytest.raises(ValueError, match="capital letters"):
            source_ids.index_herbariorum(text)


def test_countries_and_nothing() -> None:
    assert source_ids.country("gb") == "GB"
    with pytest.raises(ValueError, match="two letters"):
        source_ids.country("GBR")
    assert [check("  ") for check in source_ids.CHECKS.values()] == ["", "", "", ""]

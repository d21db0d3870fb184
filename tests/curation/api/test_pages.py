"""Everything that the pages do can be done by programs, or it is said why not."""

from __future__ import annotations

from typing import Any

from tests.curation.api.pages import BROWSER_ONLY, OPERATIONS
from tests.security.roles import name_of, patterns


def test_each_page_has_its_operations_or_a_reason(described: dict[str, Any]) -> None:
    there = {name for pattern, _before in patterns() if not (name := name_of(pattern)).startswith("api")}
    said = OPERATIONS.keys() | BROWSER_ONLY.keys()
    assert not (new := there - said), f"say in pages.py by what programs do: {sorted(new)}"
    assert not (gone := said - there), f"in pages.py, but no page: {sorted(gone)}"
    assert not OPERATIONS.keys() & BROWSER_ONLY.keys()
    known = {told["operationId"] for item in described["paths"].values() for told in item.values()}
    wrong = {name: ids - known for name, words in OPERATIONS.items() if (ids := set(words.split())) - known}
    assert not wrong, wrong


def test_each_operation_is_of_some_page_or_beside_them(described: dict[str, Any]) -> None:
    """So that what is built for no page is seen, too."""
    used = {one for words in OPERATIONS.values() for one in words.split()}
    known = {told["operationId"] for item in described["paths"].values() for told in item.values()}
    beside = {
        "root_retrieve", "licences_list", "projects_progress_retrieve", "projects_classes_pictures_retrieve",
        "evaluations_list",
    }  # fmt: skip
    assert known - used == beside


def test_what_pages_do_with_many_at_once_programs_do_so_too(described: dict[str, Any]) -> None:
    """Operations that take a list of things, of which all or none are done, or each has its outcome."""
    many = {
        "votes_create": "votes", "projects_tags_create": "candidates",
        "projects_tags_remove_create": "candidates",
        "projects_issues_close_create": "issues", "projects_front_create": "candidates",
        "mentions_seen_create": "mentions", "duplicate_groups_rulings_create": "images",
    }  # fmt: skip
    schemas = described["components"]["schemas"]
    for item in described["paths"].values():
        for told in item.values():
            if name := many.pop(told["operationId"], ""):
                [content] = {str(one["schema"]) for one in told["requestBody"]["content"].values()}
                shape = schemas[content.rpartition("/")[2].strip("'}")]
                assert shape["properties"][name]["type"] == "array", told["operationId"]
    assert not many

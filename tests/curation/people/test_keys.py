"""Own keys: what is refused, what a class takes, and that every command always has a key."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import Refused
from curation.models import User
from curation.services import keys as service
from tests.factories import make_project, make_user

NAMES = [command.name for command in service.COMMANDS if not command.fixed]


@pytest.mark.django_db
def test_a_class_letter_wins_over_a_command() -> None:
    user, project = make_user(), make_project(classes=17)  # A to Q
    keys = service.keys_for(user, project)
    assert (keys["skip"], keys["ask"], keys["original"]) == (["."], [";"], ["#"])
    assert service.keys_for(user, None)["skip"] == ["K", "."]
    service.choose(user, {"skip": "s"}, "right")
    assert service.keys_for(user, project)["skip"] == ["S"]
    assert service.keys_for(user, make_project(classes=26))["skip"] == ["."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"skip": "b"}, "is the class Class B"),
        ({"skip": "s", "flag": "S"}, "is taken"),
        ({"skip": "!"}, "is taken: Flag"),
        ({"skip": "?"}, "is taken: Show the keys"),
        ({"skip": "Enter"}, "too easily"),
        ({"flag": "Space"}, "too easily"),
        ({"flag": "Backspace"}, "takes back"),
        ({"skip": "F1"}, "can.t be used"),
    ],
)
def test_keys_that_can_not_be(keys: dict[str, str], words: str) -> None:
    user = make_user()
    make_project()
    with pytest.raises(Refused) as refused:
        service.choose(user, keys, "right")
    assert words.replace(".", "’") in str(refused.value.extra["fields"]).replace("'", "’")
    user.refresh_from_db()
    assert user.keys == {}


@pytest.mark.django_db
def test_swapped_keys_and_harmless_ones_are_kept() -> None:
    user = make_user()
    make_project()
    service.choose(user, {"skip": "!", "flag": "."}, "right")
    assert user.keys == {"skip": "!", "flag": "."}
    service.choose(user, {"zoom-toggle": "z", "confirm": "space", "confirm-page": "Enter"}, "right")
    assert user.keys == {"zoom-toggle": "Z", "confirm": " "}  # what is usual anyway is not kept
    service.choose(user, {"mark": "Home", "skip": ""}, "left")
    keys = service.keys_for(user, None)
    assert (keys["mark"], keys["suggestion-1"], keys["confirm"]) == (["Home"], ["8", "1"], ["Enter", "\\"])
    service.reset(user)
    assert (user.keys, user.hand) == ({}, "left")


@pytest.mark.parametrize("hand", ["left", "right"])
@given(classes=st.sets(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
def test_every_command_has_a_key_that_is_its_own(hand: str, classes: set[str]) -> None:
    found = service._resolved({}, hand, classes)
    for name, keys in found.items():
        assert keys, name
        assert not classes & set(keys)
        for other, theirs in found.items():
            if other != name and service._meet(service.BY_NAME[name], service.BY_NAME[other]):
                assert not set(keys) & set(theirs), (name, other)


@pytest.mark.django_db
def test_the_page_keeps_refuses_and_resets(client: Client) -> None:
    user = make_user()
    make_project(key="flora")
    client.force_login(user)
    url, usual = reverse("keys"), dict.fromkeys(NAMES, "")
    assert client.post(url, usual | {"skip": "s", "hand": "left"}).status_code == 302
    assert User.objects.get(pk=user.pk).keys == {"skip": "S"}
    refused = client.post(url, usual | {"skip": "a", "hand": "left"})
    assert refused.status_code == 400
    assert "A is the class Class A of Test project." in refused.content.decode()
    assert 'value="a"' in refused.content.decode()
    assert client.post(url, {"do": "reset"}).status_code == 302
    assert User.objects.get(pk=user.pk).keys == {}

"""Comments over HTTP: roles, both ways, errors."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


def test_curators_list_and_add_comments_and_readers_do_not(client: Client) -> None:
    address = reverse("api_comments", args=[make_candidate(make_project()).pk])
    client.force_login(make_user("reader", username="rita"))
    assert client.get(address).status_code == 403
    assert client.post(address, {"text": "No."}, "application/json").status_code == 403
    client.force_login(make_user(username="karl"))
    assert client.post(address, {"text": "A fern?"}, "application/json").status_code == 201
    assert client.post(address, {"text": " "}, "application/json").status_code == 400
    assert client.get(reverse("api_comments", args=[2**62])).status_code == 404
    rows = client.get(address).json()["comments"]
    assert [(row["author"], row["kind"], row["text"]) for row in rows] == [("karl", "comment", "A fern?")]
    assert client.get(reverse("api_comment_names")).json() == {"names": ["karl"]}

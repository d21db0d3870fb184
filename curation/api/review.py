"""The review API: claims and votes as JSON. Session and CSRF header; role curator.

The page says whose its votes are (`reviewer`, a user id): when somebody else has signed in meanwhile in the
same browser, they are refused with 409 and nothing is saved under the wrong name.
"""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any, cast

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.permissions import needs
from curation.api.shapes import review as out
from curation.api.shapes.fields import RowId
from curation.errors import Refused
from curation.models import Candidate, Order, Project, Role, User, Vote
from curation.selectors.class_pictures import class_pictures
from curation.selectors.keyboard import keyboard
from curation.selectors.queue import (
    class_rows,
    classes_of,
    classes_version,
    decided_per_class,
    queue_state,
    review_items,
)
from curation.services.assignments import choose_order
from curation.services.claims import claim_batch, claim_grid, draw_gold, extend_claims, free_claims
from curation.services.review import NewVote, Outcome, record_votes

MOST_CLAIMS = 100
MOST_VOTES = 200
MOST_MILLISECONDS = 2**31 - 1


def row_id(**options: Any) -> RowId:
    """A field for a primary key."""
    return RowId(**options)


class TabIn(serializers.Serializer[Any]):
    tab = serializers.UUIDField()
    reviewer = serializers.IntegerField(required=False)


class HoldingIn(TabIn):
    holding = serializers.ListField(child=row_id(), max_length=1000, default=list)


class HeartbeatIn(HoldingIn):
    classes = serializers.CharField(max_length=64, required=False)


class OrderIn(TabIn):
    order = serializers.ChoiceField(choices=["", *Order.values])


class ClaimIn(HoldingIn):
    count = serializers.IntegerField(min_value=1, max_value=MOST_CLAIMS, required=False)
    order = serializers.ChoiceField(choices=Order.choices, required=False)
    view = serializers.ChoiceField(choices=["single", "grid"], default="single")
    # A field is called as its Field.label is, which serializers have, too: hence the ignore, here and below.
    label = serializers.CharField(max_length=1, required=False)  # type: ignore[assignment]


class VoteIn(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    candidate = row_id()
    kind = serializers.ChoiceField(choices=Vote.Kind.choices)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=1, allow_blank=True, allow_null=True, default=""
    )
    undoes = serializers.UUIDField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    prediction = row_id(allow_null=True, default=None)
    milliseconds = serializers.IntegerField(
        min_value=0, max_value=MOST_MILLISECONDS, allow_null=True, default=None
    )
    label_id = row_id(allow_null=True, default=None)
    flag = serializers.CharField(max_length=10, allow_blank=True, default="")
    via = serializers.ChoiceField(
        choices=[Vote.Via.SINGLE, Vote.Via.GRID, Vote.Via.COMPARE], default="single"
    )
    page = serializers.UUIDField(allow_null=True, default=None)
    blind = serializers.BooleanField(default=False)
    audit = serializers.BooleanField(default=False)
    guideline = row_id(allow_null=True, default=None)


class VotesIn(serializers.Serializer[Any]):
    tab = serializers.UUIDField(required=False)
    reviewer = serializers.IntegerField(required=False)
    # Checked one by one further on: a bad vote must not keep the good ones back.
    votes = serializers.ListField(child=serializers.DictField(), max_length=MOST_VOTES)


class ReviewView(APIView):
    """Common to all: the role, the input checked, and the person it was meant for."""

    permission_classes = [needs(Role.CURATOR)]

    def user(self) -> User:
        return cast(User, self.request.user)

    def checked(self, request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        serializer = shape(data=request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        reviewer = values.get("reviewer")
        if reviewer is not None and reviewer != self.user().pk:
            raise Refused(
                _(
                    "This browser is signed in as %(user)s, and the request is of another person. Nothing "
                    "was saved; sign in as the reviewer again to send it."
                )
                % {"user": self.user()},
                reason="other_reviewer",
            )
        return values


class Claims(ReviewView):
    """POST /api/v1/projects/<key>/claims/: the next pictures for a tab."""

    @extend_schema(request=ClaimIn, responses=out.ClaimsOut)
    def post(self, request: Request, key: str) -> Response:
        values = self.checked(request, ClaimIn)
        project = get_object_or_404(Project, key=key)
        count = values.get("count", settings.CLAIM_BATCH)
        taken = self.take(project, count, values)
        answer: dict[str, Any] = {"items": review_items(self.user(), taken, classes_of(project))}
        if not taken:
            answer["queue"] = queue_state(self.user(), project).as_dict()
        return Response(answer)

    def take(self, project: Project, count: int, values: dict[str, Any]) -> list[Candidate]:
        user, tab, holding = self.user(), values["tab"], values["holding"]
        if values["view"] == "grid":
            label = get_object_or_404(project.classes, key=values.get("label", ""))
            return claim_grid(user, project, tab, label, count, holding)
        gold = draw_gold(user, project, count, holding)
        # One at least that is new, whatever the lots say: known answers alone would be an empty queue.
        new = max(1, count - len(gold))
        taken = claim_batch(user, project, tab, new, holding, values.get("order", ""))
        if not taken:
            return []  # a queue that is empty says so
        for candidate in gold:
            taken.insert(random.randint(0, len(taken)), candidate)
        return taken


class Heartbeat(ReviewView):
    """POST …/claims/heartbeat/: prolong what the tab holds; says what it is, and how full the classes are.

    A page that shows another version of the classes is told them anew, with its keys.
    """

    @extend_schema(request=HeartbeatIn, responses=out.HeartbeatOut)
    def post(self, request: Request, key: str) -> Response:
        values = self.checked(request, HeartbeatIn)
        project = get_object_or_404(Project, key=key)
        held = extend_claims(self.user(), values["tab"], values["holding"])
        classes = classes_of(project)
        decided = decided_per_class(project, classes)
        version = classes_version(classes)
        answer: dict[str, Any] = {"held": held, "decided": decided, "classes": version}
        if values.get("classes", version) != version:
            answer["class_rows"] = class_rows(project, classes)
            answer["keyboard"] = keyboard(self.user(), project)
        return Response(answer)


class Free(ReviewView):
    """POST …/claims/free/: give back everything the tab holds."""

    @extend_schema(request=TabIn, responses=out.FreedOut)
    def post(self, request: Request, key: str) -> Response:
        values = self.checked(request, TabIn)
        get_object_or_404(Project, key=key)
        return Response({"freed": free_claims(self.user(), values["tab"])})


class ReviewOrder(ReviewView):
    """POST …/order/: what comes first for this person from now on ("": as the project says).

    What the tab holds is given back, to be claimed anew.
    """

    @extend_schema(request=OrderIn, responses=out.OrderOut)
    def post(self, request: Request, key: str) -> Response:
        values = self.checked(request, OrderIn)
        project = get_object_or_404(Project, key=key)
        chosen = choose_order(self.user(), project, values["order"])
        free_claims(self.user(), values["tab"])
        return Response({"order": chosen.order})


class ClassPictures(APIView):
    """GET …/classes/<id>/pictures/: what the guidelines show for a class, and some decided as it."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses=out.ClassPicturesOut)
    def get(self, request: Request, key: str, pk: int) -> Response:
        project = get_object_or_404(Project, key=key)
        return Response(class_pictures(project, get_object_or_404(project.classes, pk=pk)))


class Votes(ReviewView):
    """POST /api/v1/votes/: save votes in the order given; one outcome each, in the same order."""

    @extend_schema(request=VotesIn, responses=out.OutcomesOut)
    def post(self, request: Request) -> Response:
        values = self.checked(request, VotesIn)
        outcomes = [self.one(row, values.get("tab")) for row in values["votes"]]
        return Response({"outcomes": [asdict(outcome) for outcome in outcomes]})

    def one(self, row: dict[str, Any], tab: Any) -> Outcome:
        vote = VoteIn(data=row)
        if not vote.is_valid():
            problems = "; ".join(f"{field}: {' '.join(map(str, why))}" for field, why in vote.errors.items())
            return Outcome(id=row.get("id"), status="refused", message=f"The vote is not valid ({problems}).")
        fields = vote.validated_data
        fields["label"] = fields["label"] or ""
        return record_votes(self.user(), [NewVote(**fields)], tab)[0]


class Progress(APIView):
    """GET /api/v1/projects/<key>/progress/: pictures decided per class, and the target."""

    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=out.ProgressOut)
    def get(self, request: Request, key: str) -> Response:
        project = get_object_or_404(Project, key=key)
        return Response(
            {"target": project.target, "decided": decided_per_class(project, classes_of(project))}
        )

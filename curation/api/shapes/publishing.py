"""The public page of a release, what was left out, what differs from another, what a release would take."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.releases import MOST, TableOut
from curation.models import Release, ReleaseLeftOut, ReleasePage
from curation.selectors.supply_preview import Use
from curation.services.freeze_options import LARGEST_SEED
from curation.services.release_page import LONGEST, MOST_CREATORS


class PageOut(serializers.ModelSerializer[ReleasePage]):
    release = serializers.SlugField(source="release.name")
    creators = serializers.ListField(child=serializers.CharField())
    address = serializers.SerializerMethodField(help_text="Where everyone reads it, once it is open.")

    class Meta:
        model = ReleasePage
        fields = ["release", "is_public", "title", "summary", "creators", "publisher", "doi", "address"]

    def get_address(self, page: ReleasePage) -> str:
        return str(self.context["address"])


class PageChange(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    title = serializers.CharField(max_length=LONGEST["title"], required=False, allow_blank=True)
    summary = serializers.CharField(max_length=LONGEST["summary"], required=False, allow_blank=True)
    creators = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST["creator"]), required=False, max_length=MOST_CREATORS
    )
    publisher = serializers.CharField(max_length=LONGEST["publisher"], required=False, allow_blank=True)
    doi = serializers.CharField(max_length=LONGEST["doi"], required=False, allow_blank=True)


class LeftOutOut(serializers.ModelSerializer[ReleaseLeftOut]):
    class Meta:
        model = ReleaseLeftOut
        fields = ["sha256", "category", "source", "licence", "reason", "detail"]


class DiffOut(serializers.Serializer[Any]):
    before = serializers.SlugField()
    after = serializers.SlugField()
    words = serializers.CharField(help_text="The difference in a sentence or two.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Change -> pictures.")
    tables = TableOut(many=True)


class DiffRowOut(serializers.Serializer[Any]):
    """One picture that differs; what is null is not in that release."""

    sha256 = serializers.CharField()
    changes = serializers.ListField(source="kinds", child=serializers.CharField())
    category_before = serializers.CharField(source="category_a", allow_null=True)
    category_after = serializers.CharField(source="category_b", allow_null=True)
    split_before = serializers.CharField(source="split_a", allow_null=True)
    split_after = serializers.CharField(source="split_b", allow_null=True)
    source_before = serializers.CharField(source="source_a", allow_null=True)
    source_after = serializers.CharField(source="source_b", allow_null=True)
    licence_before = serializers.CharField(source="licence_a", allow_null=True)
    licence_after = serializers.CharField(source="licence_b", allow_null=True)


SIZE: dict[str, Any] = {"min_value": 0, "max_value": MOST, "required": False}


class SupplyIn(serializers.Serializer[Any]):
    """What is asked of a release; what is left out is as the project wants it."""

    train = serializers.IntegerField(**SIZE)
    test = serializers.IntegerField(**SIZE)
    validate = serializers.IntegerField(**SIZE)  # type: ignore[assignment]
    balance = serializers.ChoiceField(choices=Release.Balance.choices, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED, required=False)
    licences = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, help_text="Only these; else all accepted."
    )
    uses = serializers.DictField(
        child=serializers.ChoiceField(choices=Use.choices),
        required=False,
        help_text="Source -> in, out, test or survey; those left out are in.",
    )
    largest = serializers.BooleanField(required=False)


class AheadIn(SupplyIn):
    label = serializers.SlugField(  # type: ignore[assignment]
        max_length=80, required=False, help_text="Only this class; else all that are short."
    )


class BackIn(serializers.Serializer[Any]):
    label = serializers.SlugField(  # type: ignore[assignment]
        max_length=80, required=False, help_text="Only what the model takes for this class; else all."
    )


class SizesOut(serializers.Serializer[Any]):
    train = serializers.IntegerField()
    test = serializers.IntegerField()
    validate = serializers.IntegerField()  # type: ignore[assignment]


class OfferOut(serializers.Serializer[Any]):
    source = serializers.CharField(source="source.code")  # type: ignore[assignment]
    waiting = serializers.IntegerField(help_text="Open pictures that the model takes for the class.")
    ahead = serializers.IntegerField(help_text="Of them, at the front already.")


class SupplyRow(serializers.Serializer[Any]):
    label = serializers.SlugField()  # type: ignore[assignment]
    accepted = serializers.IntegerField(help_text="Decided pictures that it could be chosen from.")
    barred = serializers.IntegerField(help_text="Decided, but of a licence or source left out.")
    wanted = serializers.IntegerField()
    missing = serializers.IntegerField()
    to_send = serializers.IntegerField(help_text="Open pictures that are worth sending to the front.")
    offers = OfferOut(many=True, help_text="Of classes that are short: who could help.")


class SupplyOut(serializers.Serializer[Any]):
    ready = serializers.BooleanField(help_text="Whether it could be frozen so.")
    sizes = SizesOut(allow_null=True, help_text="Per class; none where there is a shortage.")
    largest = SizesOut(allow_null=True, help_text="Per class, of what there is.")
    classes = SupplyRow(many=True)


class AheadOut(serializers.Serializer[Any]):
    moved = serializers.IntegerField(help_text="Pictures.")

"""Rules of sources, texts of licences, what projects accept, hosts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.licensing.codes import CODES
from curation.models import LicenceText, SourceRule
from curation.services.hosts import CONNECTIONS, WAIT


class CodesIn(serializers.Serializer[Any]):
    dataset_key = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="At GBIF."
    )
    institution_code = serializers.CharField(max_length=100, required=False, allow_blank=True)
    collection_code = serializers.CharField(max_length=100, required=False, allow_blank=True)


class RuleIn(CodesIn):
    source = serializers.CharField(max_length=40, help_text="Its code.")  # type: ignore[assignment]


class RuleOut(serializers.ModelSerializer[SourceRule]):
    source = serializers.CharField(source="source.code")  # type: ignore[assignment]

    class Meta:
        model = SourceRule
        fields = ["id", "dataset_key", "institution_code", "collection_code", "source", "created_at"]


class RuleMade(serializers.Serializer[Any]):
    rule = RuleOut()
    records = serializers.IntegerField(help_text="That waited and got their source by it.")


class UnmappedOut(serializers.Serializer[Any]):
    """A combination of codes that no rule names."""

    dataset_key = serializers.CharField(source="codes.dataset_key", allow_blank=True)
    institution_code = serializers.CharField(source="codes.institution_code", allow_blank=True)
    collection_code = serializers.CharField(source="codes.collection_code", allow_blank=True)
    records = serializers.IntegerField(source="n")
    batches = serializers.ListField(child=serializers.IntegerField())
    suggestion = serializers.CharField(
        source="suggestion.code", allow_null=True, default=None, help_text="Code of a source."
    )


class NamelessOut(serializers.Serializer[Any]):
    """A batch with records that carry no code at all."""

    batch = serializers.IntegerField(source="batch.pk")
    records = serializers.IntegerField(source="n")


class BatchSourceIn(serializers.Serializer[Any]):
    source = serializers.CharField(max_length=40, help_text="Its code.")  # type: ignore[assignment]


class Moved(serializers.Serializer[Any]):
    records = serializers.IntegerField()


class TextOut(serializers.ModelSerializer[LicenceText]):
    licence = serializers.CharField(source="licence.identifier", allow_null=True, default=None)
    settled_by = serializers.CharField(source="settled_by.username", allow_null=True, default=None)

    class Meta:
        model = LicenceText
        fields = ["id", "verbatim", "meaning", "licence", "reason", "settled_by", "settled_at"]


class OpenTextOut(serializers.Serializer[Any]):
    text = TextOut()
    records = serializers.IntegerField(source="n", help_text="That wait for it.")
    batches = serializers.ListField(child=serializers.IntegerField())


class TextIn(serializers.Serializer[Any]):
    licence = serializers.CharField(max_length=100, help_text="Such as CC BY-NC 4.0, or `none`.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    again = serializers.BooleanField(
        required=False, help_text="That somebody has settled it already is known, and changed."
    )


class TextMoved(serializers.Serializer[Any]):
    text = TextOut()
    records = serializers.DictField(
        child=serializers.IntegerField(), help_text="State -> how many moved to it."
    )


class PolicyLineOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    verdict = serializers.CharField(help_text="accept, review or refuse.")
    decided = serializers.IntegerField(help_text="Pictures decided under it.")
    waiting = serializers.IntegerField(help_text="Records that it keeps waiting.")
    refused = serializers.IntegerField(help_text="Records that it keeps out.")


class LicencePolicyIn(serializers.Serializer[Any]):
    accepted = serializers.ListField(child=serializers.ChoiceField(choices=[(c, c) for c in CODES]))
    review = serializers.ListField(
        child=serializers.ChoiceField(choices=[(c, c) for c in CODES]), required=False
    )
    confirmed = serializers.BooleanField(
        required=False, help_text="That decided pictures are left out of releases by it is known."
    )


class LicencePolicyOut(serializers.Serializer[Any]):
    licences = PolicyLineOut(many=True)
    records = serializers.DictField(
        child=serializers.IntegerField(), required=False, help_text="After a change: state -> moved to it."
    )


class HostOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    wait_seconds = serializers.FloatField(source="wait", help_text="From one request to the next.")
    connections = serializers.IntegerField(help_text="At the same time.")
    own = serializers.BooleanField(help_text="Whether a person set something for it.")
    paused_until = serializers.DateTimeField(source="known.paused_until", allow_null=True)
    waiting = serializers.IntegerField(help_text="Records.")
    fetched = serializers.IntegerField()
    failed = serializers.IntegerField()


class HostIn(serializers.Serializer[Any]):
    """None, or left out: as usual."""

    wait_seconds = serializers.FloatField(
        min_value=WAIT[0], max_value=WAIT[1], required=False, allow_null=True, default=None
    )
    connections = serializers.IntegerField(
        min_value=CONNECTIONS[0], max_value=CONNECTIONS[1], required=False, allow_null=True, default=None
    )


class GroupMemberOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="image.pk")
    picture = serializers.CharField(source="image.sha256")
    title = serializers.CharField(source="image.title")
    source = serializers.CharField(source="image.source.code")  # type: ignore[assignment]
    representative = serializers.BooleanField(source="image.representative")
    bits = serializers.IntegerField(help_text="Of its hash that differ from the first picture's.")


class GroupOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    total = serializers.IntegerField(help_text="Pictures.")
    settled = serializers.BooleanField(help_text="Whether a person has ruled on all of it.")
    seen = serializers.CharField(help_text="To be sent back with a ruling.")
    members = GroupMemberOut(many=True, help_text="The first ones.")


class JoinIn(serializers.Serializer[Any]):
    group = serializers.RegexField(r"^[0-9a-f]{64}\Z")
    seen = serializers.RegexField(r"^[0-9a-f]{16}\Z", required=False)


RULINGS = ("keep", "split", "each", "represent", "release", "join", "undo")


class RulingIn(serializers.Serializer[Any]):
    """`keep`: settled as it is. `split`: `images` are a group of their own; `each`: each by itself.
    `represent`: the one of `images` stands for the group. `release`: left to the automatic grouping
    again. `join`: the groups of `join` are one. `undo`: the ruling `entry` of one's own is taken back."""

    do = serializers.ChoiceField(choices=[(one, one) for one in RULINGS])
    group = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False)
    seen = serializers.RegexField(r"^[0-9a-f]{16}\Z", required=False)
    images = serializers.ListField(
        child=RowId(), required=False, max_length=1000, help_text="Ids of members."
    )
    join = JoinIn(many=True, required=False)
    entry = RowId(required=False)


class RulingOut(serializers.Serializer[Any]):
    entry = serializers.IntegerField(source="pk", help_text="By which it is taken back.")
    action = serializers.CharField()
    subject = serializers.CharField()


class SideOut(serializers.Serializer[Any]):
    picture = serializers.CharField(source="image.sha256")
    title = serializers.CharField(source="image.title")
    source = serializers.CharField(source="image.source.code")  # type: ignore[assignment]
    total = serializers.IntegerField(help_text="Pictures of its group.")
    seen = serializers.CharField(help_text="To be sent back with `same`.")


class LeakOut(serializers.Serializer[Any]):
    release = serializers.CharField()
    first = serializers.CharField(help_text="Split.")
    second = serializers.CharField()


class PairOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pair.pk")
    distance = serializers.FloatField(source="pair.distance", help_text="Cosine; 0 is the same.")
    sides = SideOut(many=True)
    leaks = LeakOut(many=True, help_text="Frozen releases that part them.")


class PairSearchIn(serializers.Serializer[Any]):
    distance = serializers.FloatField(
        min_value=0, required=False, help_text="Cosine distance to look within."
    )


class VerdictIn(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=[("same", "same"), ("different", "different")])
    seen = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, min_length=2, max_length=2
    )


class VerdictOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    verdict = serializers.CharField(allow_blank=True)

"""Forms about assignments, invitations and the audit trail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.forms.base import ShowsErrors
from curation.models import LabelClass, Project, Role, Source, User
from curation.services.invitations import DAYS, MOST_DAYS


class AssignForm(ShowsErrors):
    """Whom to ask for what."""

    user = forms.ModelChoiceField(
        User.objects.none(), to_field_name="username", label=gettext_lazy("Person"), empty_label=None
    )
    label = forms.ModelChoiceField(
        LabelClass.objects.none(),
        to_field_name="slug",
        required=False,
        label=gettext_lazy("Suggested class"),
        empty_label=gettext_lazy("Every class"),
    )
    source = forms.ModelChoiceField(
        Source.objects.none(),
        to_field_name="code",
        required=False,
        label=gettext_lazy("Source"),
        empty_label=gettext_lazy("Every source"),
    )

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data)
        may = [role for role in Role if role.rank >= Role.CURATOR.rank]
        people = User.objects.filter(is_active=True, role__in=may).order_by("first_name", "username")
        sources = Source.objects.filter(pk__in=project.candidates.order_by().values("source").distinct())
        self._choices("user", people)
        self._choices("label", project.classes.order_by("index"))
        self._choices("source", sources.order_by("code"))

    def _choices(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class InvitationForm(ShowsErrors):
    """A link for one new account."""

    note = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("For whom"),
        help_text=gettext_lazy("Only to tell invitations apart in the list."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.CURATOR)
    project = forms.ModelChoiceField(
        Project.objects.order_by("title"),
        to_field_name="key",
        required=False,
        label=gettext_lazy("Project"),
        empty_label=gettext_lazy("None in particular"),
        help_text=gettext_lazy("Curators are assigned it when they accept."),
    )
    days = forms.IntegerField(
        min_value=1, max_value=MOST_DAYS, initial=DAYS, label=gettext_lazy("Good for how many days")
    )

    def __init__(self, inviter: User, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, role.label) for role in Role if inviter.has_role(role)]


class AcceptForm(ShowsErrors):
    """What a stranger with an invitation tells about themselves."""

    username = forms.CharField(
        max_length=150,
        label=gettext_lazy("User name"),
        help_text=gettext_lazy("What you type to sign in: letters, digits and @ . + - _ only."),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    name = forms.CharField(
        max_length=150,
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("As colleagues see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least ten characters; a sentence is easier to remember than a riddle."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class AuditFilter(forms.Form):
    """The filters of the audit trail; they live in the address."""

    actor = forms.ModelChoiceField(
        User.objects.order_by("username"),
        to_field_name="username",
        required=False,
        label=gettext_lazy("Who"),
        empty_label=gettext_lazy("Anybody"),
    )
    action = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("What was done"),
        widget=forms.TextInput(attrs={"list": "actions", "autocomplete": "off"}),
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("title"),
        to_field_name="key",
        required=False,
        label=gettext_lazy("Project"),
        empty_label=gettext_lazy("Any"),
    )
    subject = forms.CharField(max_length=200, required=False, label=gettext_lazy("To what"))

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for name, label in (("from", _("From")), ("to", _("To"))):
            self.fields[name] = forms.DateField(
                required=False, label=label, widget=forms.DateInput(attrs={"type": "date"})
            )

    def criteria(self) -> dict[str, Any]:
        chosen = dict(self.cleaned_data)
        return {"since": chosen.pop("from"), "until": chosen.pop("to")} | chosen

    def query(self) -> str:
        """What was asked for, as the end of an address."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})

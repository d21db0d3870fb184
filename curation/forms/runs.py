"""The start page of a run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.models import ModelVersion, Release, Run
from curation.services.runs.draft import FIELDS
from curation.services.runs.encoders import AUTOENCODER, DOWNLOADED, weights_here
from curation.services.runs.presets import BY_KEY, PRESETS, Preset
from training.representation.records import LEVELS

LONGEST = 20_000  # characters of a configuration
LEVEL_WORDS = {"species": _("Species"), "genus": _("Genera"), "family": _("Families"), "order": _("Orders")}


def _number(label: Any, **attributes: Any) -> forms.CharField:
    """Kept as it was typed: what is no number is refused with its name, and stays in its field."""
    return forms.CharField(
        required=False,
        label=label,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", **attributes}),
    )


def _weights(said: str) -> list[tuple[str, Any]]:
    """What an encoder may begin with; what the text says is among them, to be refused by its name."""
    here = weights_here()
    odd = [said] if said not in ("", DOWNLOADED, *here) else []
    known: list[tuple[str, Any]] = [
        ("", _("Nothing: from scratch")),
        (DOWNLOADED, _("Weights of ImageNet, downloaded")),
    ]
    return [*known, *((name, name) for name in [*here, *odd])]


class RunForm(forms.Form):
    """What a run is to be. The numbers and the configuration say the same (see services.runs.draft)."""

    release = forms.ChoiceField(label=_("Release"))
    preset = forms.ChoiceField(label=_("What kind"), widget=forms.RadioSelect)
    model = forms.ChoiceField(
        required=False,
        label=_("Model"),
        help_text=_("To begin with, or for a distillation to learn from. Others start from nothing."),
    )
    name = forms.SlugField(
        label=_("Name"), max_length=80, help_text=_("The model that it makes is called the same.")
    )
    epochs = _number(_("Epochs a stage, at most"))
    batch = _number(_("Pictures a batch"))
    learning_rate = _number(_("Learning rate"))
    seed = _number(_("Seed"))
    image_size = _number(_("Image size, pixels"))
    width = _number(_("Width of a new network"))
    weights = forms.ChoiceField(
        required=False,
        label=_("Begins with"),
        help_text=_("What lies in the models directory can be chosen."),
    )
    level = forms.ChoiceField(required=False, label=_("Names it learns from"))
    latent = _number(_("Latent values"))
    validation_share = _number(_("Share that validates"))
    config = forms.CharField(
        required=False,
        label=_("Configuration, TOML"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"spellcheck": "false", "rows": 22}),
    )

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        frozen = Release.objects.exclude(manifest_sha256="").select_related("project").order_by("-id")
        self.releases = {one.name: one for one in frozen}
        classifiers = ModelVersion.objects.filter(kind=ModelVersion.Kind.CLASSIFIER)
        self.models = {one.name: one for one in classifiers}
        self._choose("release", [(name, f"{name} · {one.project}") for name, one in self.releases.items()])
        self._choose("preset", [(one.key, one.title) for one in PRESETS])
        self._choose("model", [("", _("None")), *((name, name) for name in self.models)])
        self._choose("level", [("", ""), *((level, LEVEL_WORDS[level]) for level in LEVELS)])
        # Not by self["weights"], which would keep the initial value as it is before somebody sets it.
        self._choose("weights", _weights(str(self.data.get("weights", ""))))

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in FIELDS]

    @property
    def shown(self) -> list[forms.BoundField]:
        """Those that mean something to the chosen kind."""
        preset = self.chosen
        if preset.kind == Run.Kind.ENCODE:
            self["epochs"].label = str(_("Epochs"))
            without = {"width", "level" if preset.key == AUTOENCODER else "latent"}
        elif preset.kind in (Run.Kind.TILES, Run.Kind.SHEETS):
            without = {"width", "weights", "level", "latent", "validation_share"}
            if preset.kind == Run.Kind.TILES:
                without.add("image_size")
        else:
            without = {"weights", "level", "latent", "validation_share"}
            if preset.kind == Run.Kind.TRAIN and preset.needs_model:
                without.add("width")  # no network is built
        return [one for one in self.numbers if one.name not in without]

    @property
    def chosen(self) -> Preset:
        return BY_KEY.get(str(self["preset"].value() or ""), PRESETS[0])

    @property
    def chosen_model(self) -> ModelVersion | None:
        return self.models.get(str(self["model"].value() or ""))

    @property
    def chosen_release(self) -> Release | None:
        return self.releases.get(str(self["release"].value() or ""))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        preset = BY_KEY.get(data.get("preset", ""))
        if preset and preset.needs_model and not data.get("model"):
            self.add_error("model", _("Choose the model to begin with."))
        return data

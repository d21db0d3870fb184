"""Starting a run: choose, look once more, start. What was typed is kept through all of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.forms.runs import LEVEL_WORDS, RunForm
from curation.models import Release, Role, Run
from curation.selectors.run_estimate import estimate
from curation.services.condition.sheets import sound_class
from curation.services.runs.config import checked, read_toml
from curation.services.runs.draft import FIELDS, Draft, draft_of, merged
from curation.services.runs.encoders import AUTOENCODER, check_encoder, names_of
from curation.services.runs.names import free_name
from curation.services.runs.presets import BY_KEY, PRESETS, text_of
from curation.services.runs.request import OF_SHEETS, request_run
from curation.views.access import needs, person


@needs(Role.LEAD)
def run_new(request: HttpRequest) -> HttpResponse:
    """GET shows the page; to htmx the part that follows from a change. POST with `step` check asks for the
    last look, edit goes back to the page, start starts."""
    if not Release.objects.exclude(manifest_sha256="").exists():
        return redirect("runs")
    if request.method != "POST":
        return _page(request, *_blank(request))
    form, draft = _written(request.POST)
    if request.headers.get("HX-Request"):
        part = "runs/_text.html" if request.headers.get("HX-Target") == "text-part" else "runs/_config.html"
        return render(request, part, _context(form, draft))
    step = request.POST.get("step")
    if step not in ("check", "start"):
        return _page(request, form, draft)
    config = _config(form, draft)
    if config is None:
        return _page(request, form, draft, status=400)
    release, preset = form.chosen_release, form.chosen
    assert release is not None, "a form that is valid has one"
    model = form.chosen_model if preset.needs_model else None
    if step == "start":
        try:
            run = request_run(
                release.project,
                release,
                preset.kind,
                config,
                person(request),
                name=form.cleaned_data["name"],
                started_from=model,
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return _page(request, form, draft, status=400)
        return redirect("run", name=run.name)
    context = _context(form, draft) | {"estimate": estimate(release, preset.kind, config), "from": model}
    return render(request, "runs/confirm.html", context)


def _blank(request: HttpRequest) -> tuple[RunForm, Draft]:
    """What the page shows first: the newest release (of `project`), the small network, or what is asked."""
    asked = request.GET
    form = RunForm()
    releases = [
        name
        for name, one in form.releases.items()
        if asked.get("project", "") in ("", one.project.key) and asked.get("release", "") in ("", name)
    ]
    preset = BY_KEY.get(asked.get("preset", ""), PRESETS[0])
    release = releases[0] if releases else next(iter(form.releases))
    model = asked.get("model", "") if asked.get("model", "") in form.models else ""
    draft = draft_of(text_of(preset, form.models.get(model)))
    form.initial = {
        "release": release,
        "preset": preset.key,
        "model": model,
        "name": free_name(form.releases[release], preset.kind),
        "config": draft.text,
        **draft.shown,
    }
    return form, draft


def _written(sent: QueryDict) -> tuple[RunForm, Draft]:
    """The form with what was sent, fields and text made one. Another kind, or another model under a text
    that nobody has changed, brings a text of its own; a field that was changed goes into that one, too."""
    sent = sent.copy()
    form = RunForm(sent)
    preset = form.chosen
    text = sent.get("config", "").replace("\r\n", "\n")
    untouched = text.strip() == sent.get("was-config", "").replace("\r\n", "\n").strip()
    other_kind = sent.get("preset", "") != sent.get("was-preset", "")
    if other_kind or (untouched and sent.get("model", "") != sent.get("was-model", "")):
        text = text_of(preset, form.chosen_model if preset.needs_model else None)
    if form.chosen_release is not None and sent.get("name", "") in ("", sent.get("was-name")):
        # A name that nobody has changed follows the kind and the release.
        sent["name"] = sent["was-name"] = free_name(form.chosen_release, preset.kind)
    # A field that was not shown has not been changed.
    given = {name: sent.get(name, sent.get(f"was-{name}", "")) for name in FIELDS}
    draft = merged(text, given, {name: sent.get(f"was-{name}", "") for name in FIELDS})
    sent["config"] = draft.text
    for name, value in draft.shown.items():
        sent[name] = value
    return RunForm(sent), draft


def _config(form: RunForm, draft: Draft) -> dict[str, Any] | None:
    """The configuration, or None with the reason on the form."""
    valid = form.is_valid()
    try:
        config = checked(form.chosen.kind, read_toml(draft.text))
        kind, begins = form.chosen.kind, form.chosen.needs_model
        if kind == Run.Kind.ENCODE and form.chosen_release is not None:
            check_encoder(form.chosen_release, config)
        elif kind in OF_SHEETS and form.chosen_release is not None:
            sound_class(form.chosen_release.project)
        # A distillation builds its student, whatever it learns from.
        elif kind not in OF_SHEETS and (begins and kind == Run.Kind.TRAIN) == ("build" in config):
            raise Refused(
                _("build must be absent where a run begins with a model, got a table.")
                if begins
                else _("build must be a table with the options of the new network, got nothing.")
            )
    except Refused as refusal:
        form.add_error("config", refusal.message)
        return None
    return config if valid else None


def _context(form: RunForm, draft: Draft) -> dict[str, Any]:
    return {
        "form": form,
        "draft": draft,
        "presets": [(one, one.key == form.chosen.key) for one in PRESETS],
        "release": form.chosen_release,
        "project": form.chosen_release.project if form.chosen_release else None,
        "numbers": form.shown,
        "names": _names(form),
        "suggested": form.data.get("was-name", "") if form.is_bound else form["name"].value(),
    }


def _page(request: HttpRequest, form: RunForm, draft: Draft, status: int = 200) -> HttpResponse:
    return render(request, "runs/new.html", _context(form, draft), status=status)


def _names(form: RunForm) -> list[tuple[str, int]]:
    """How many names an encoder could learn from, by level; nothing where names do not matter."""
    if form.chosen.kind != Run.Kind.ENCODE or form.chosen.key == AUTOENCODER or not form.chosen_release:
        return []
    found = names_of(form.chosen_release)
    return [(str(words), len(found[level])) for level, words in LEVEL_WORDS.items()]

"""Which key does what in review: the commands, the usual keys for either hand, and a person's own.

A key is what a browser calls it (KeyboardEvent.key; W3C UI Events), letters as capitals. A class letter wins
over a command's letter, so every command that has a letter also has a sign that can be no class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.errors import Refused
from curation.models import Hand, LabelClass, Project, User

Scope = Literal["single", "grid", "both"]
NAMED = ("Enter", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown")
SPACE = " "


@dataclass(frozen=True)
class Command:
    """right: the keys of right-handed people, whose left hand types; left: the other way round."""

    name: str
    label: str | Promise
    right: tuple[str, ...]
    left: tuple[str, ...]
    scope: Scope = "both"
    fixed: bool = False  # arrows and Escape mean the same everywhere
    looks: bool = False  # changes what is seen, never what is said
    condition: bool = False  # only in projects on the condition of sheets


_l = gettext_lazy
# Keys for the right hand: signs beside Enter come first, suggestions are also at 8, 9 and 0.
COMMANDS: tuple[Command, ...] = (
    Command("confirm", _l("Confirm the first suggestion"), ("Enter",), ("Enter", "\\"), "single"),
    Command("suggestion-1", _l("Take suggestion 1"), ("1",), ("8", "1"), "single"),
    Command("suggestion-2", _l("Take suggestion 2"), ("2",), ("9", "2"), "single"),
    Command("suggestion-3", _l("Take suggestion 3"), ("3",), ("0", "3"), "single"),
    Command("undo", _l("Take the last answer back"), ("Backspace",), ("Backspace", "Delete")),
    Command("skip", _l("Skip; it comes again later"), ("K", "."), (".", "K"), "single"),
    Command("flag", _l("Flag for a lead curator"), ("!",), ("!",), "single"),
    Command("ask", _l("Ask or remark something"), ("Q", ";"), (";", "Q"), "single"),
    Command("region", _l("Mark a region on the sheet"), ("R", ":"), (":", "R"), "single", condition=True),
    Command("compare", _l("Compare side by side"), ("C", "/"), ("/", "C"), "single", looks=True),
    Command("zoom-toggle", _l("Zoom in and back"), (SPACE,), (SPACE,), "single", looks=True),
    Command("zoom-in", _l("Zoom in"), ("+", "="), ("+", "="), "single", looks=True),
    Command("zoom-out", _l("Zoom out"), ("-",), ("-",), "single", looks=True),
    Command("zoom-fit", _l("Fit the picture"), ("0",), ("7",), "single", looks=True),
    Command("original", _l("Show the original file"), ("O", "#"), ("#", "O"), "single", looks=True),
    Command("surround", _l("Grey, black or white surround"), ("D", ","), (",", "D"), looks=True),
    Command("help", _l("Show the keys"), ("?",), ("?",), looks=True),
    Command("mark", _l("Take the mark off a picture, or set it"), ("X", "*"), ("*", "X"), "grid"),
    Command("enlarge", _l("Enlarge the picture in place"), (SPACE,), (SPACE,), "grid", looks=True),
    Command("confirm-page", _l("Confirm the marked pictures"), ("Enter",), ("Enter", "\\"), "grid"),
    Command("left", _l("Move left"), ("ArrowLeft",), ("ArrowLeft",), fixed=True, looks=True),
    Command("right", _l("Move right"), ("ArrowRight",), ("ArrowRight",), fixed=True, looks=True),
    Command("up", _l("Move up"), ("ArrowUp",), ("ArrowUp",), fixed=True, looks=True),
    Command("down", _l("Move down"), ("ArrowDown",), ("ArrowDown",), fixed=True, looks=True),
    Command("escape", _l("Close what is open"), ("Escape",), ("Escape",), fixed=True, looks=True),
)
BY_NAME = {command.name: command for command in COMMANDS}
ANSWERS = {"confirm", "confirm-page"}


def usual(command: Command, hand: str) -> tuple[str, ...]:
    return command.left if hand == Hand.LEFT else command.right


def keys_for(user: User, project: Project | None) -> dict[str, list[str]]:
    """Command -> its keys, in the order in which they are shown; none of them is a class of the project.

    An own key comes instead of the usual ones. Where a class has taken it since, the usual ones are back.
    """
    classes = set(project.classes.values_list("key", flat=True)) if project else set()
    return _resolved(user.keys, user.hand, classes)


def _resolved(keys: Mapping[str, str], hand: str, classes: set[str]) -> dict[str, list[str]]:
    own = {name: key for name, key in keys.items() if name in BY_NAME and key not in classes}
    found = {}
    for command in COMMANDS:
        if command.name in own:
            found[command.name] = [own[command.name]]
            continue
        taken = {key for name, key in own.items() if _meet(BY_NAME[name], command)} | classes
        found[command.name] = [key for key in usual(command, hand) if key not in taken]
    return found


def choose(user: User, keys: Mapping[str, str], hand: str) -> User:
    """Set a person's hand and own keys; empty ones, and those that are the usual ones, are left out."""
    if hand not in Hand.values:
        raise Refused(_("%(hand)s is not a hand.") % {"hand": hand})
    own, wrong = {}, {}
    for name, typed in keys.items():
        command = BY_NAME.get(name)
        if command is None or command.fixed:
            raise Refused(_("%(command)s is no command that can have another key.") % {"command": name})
        try:
            key = read(typed)
            if key and [key] != list(usual(command, hand)):
                _check(command, key)
                own[name] = key
        except Refused as error:
            wrong[name] = [error.message]
    wrong |= {name: [why] for name, why in _clashes(user, own, hand).items() if name not in wrong}
    if wrong:
        raise Refused(_("Nothing was changed: some keys can't be used."), fields=wrong)
    user.keys, user.hand = own, hand
    user.save(update_fields=["keys", "hand"])
    return user


def reset(user: User) -> User:
    """The usual keys again, for the same hand."""
    return choose(user, {}, user.hand)


def read(typed: str) -> str:
    """A key as it was typed or named: "k" is K, "space" is the space bar; empty for none."""
    if typed == SPACE or typed.strip().casefold() == "space":
        return SPACE
    text = typed.strip()
    if len(text) <= 1:
        return text.upper() if text.isascii() else text
    for name in NAMED:
        if name.casefold() == text.casefold():
            return name
    raise Refused(
        _("“%(key)s” can't be used: one character, Space, %(names)s.")
        % {"key": text[:20], "names": ", ".join(NAMED)}
    )


def shown(key: str) -> str:
    """A key as it stands on a key cap."""
    caps = {
        SPACE: _("Space"),
        "Backspace": "⌫",
        "ArrowLeft": "←",
        "ArrowRight": "→",
        "ArrowUp": "↑",
        "ArrowDown": "↓",
    }
    return caps.get(key, key)


def named(key: str) -> str:
    """A key as it is typed into a form."""
    return "Space" if key == SPACE else key


def class_letters(user: User) -> dict[str, LabelClass]:
    """Letter -> a class that has it, in the projects that the person reviews: those assigned, else all."""
    classes = LabelClass.objects.select_related("project").order_by("project", "index")
    mine = user.assignments.values("project")
    rows = list(classes.filter(project__in=mine)) or list(classes)
    return {row.key: row for row in rows}


def _check(command: Command, key: str) -> None:
    """Large keys that are hit by mistake must not say anything about a picture that was not meant."""
    harmless = command.looks or command.name in ANSWERS
    if key in {"Enter", SPACE} and not harmless:
        raise Refused(
            _("%(key)s is hit too easily for this; it may confirm, or change what is seen.")
            % {"key": shown(key)}
        )
    if key == "Backspace" and not (command.looks or command.name == "undo"):
        raise Refused(_("Backspace takes back; a command that answers can't have it."))


def _clashes(user: User, own: Mapping[str, str], hand: str) -> dict[str, str]:
    """Command -> why its own key is taken."""
    letters, found = class_letters(user), {}
    everything = _resolved({}, hand, set())
    for name, key in own.items():
        if key in letters:
            label = letters[key]
            found[name] = _("%(key)s is the class %(label)s of %(project)s.") % {
                "key": key,
                "label": label.name,
                "project": label.project.title,
            }
            continue
        for other in COMMANDS:
            theirs = [own[other.name]] if other.name in own else everything[other.name]
            blocked = theirs if other.name in own else _kept(theirs, letters)
            if other.name != name and key in blocked and _meet(BY_NAME[name], other):
                found[name] = _("%(key)s is taken: %(command)s.") % {
                    "key": shown(key),
                    "command": other.label,
                }
                break
    return found


def _kept(keys: list[str], letters: Mapping[str, LabelClass]) -> set[str]:
    """Of a command's usual keys those that it can't give away: the first one that no class has, and the first
    one that no class can have. Others may go."""
    signs = [key for key in keys if not (len(key) == 1 and key.isalpha())]
    return {*[key for key in keys if key not in letters][:1], *signs[:1]}


def _meet(one: Command, other: Command) -> bool:
    """Whether both can be asked for at the same moment."""
    return "both" in (one.scope, other.scope) or one.scope == other.scope

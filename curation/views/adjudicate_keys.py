"""What the script of the set-aside page needs: the keys of the person, and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from curation.models import LabelClass, Project, User
from curation.services.keys import keys_for, shown

# Commands that mean here what they mean in review, by the name they have there.
SAME = {
    **{name: name for name in ("zoom-toggle", "zoom-in", "zoom-out", "zoom-fit", "original", "surround")},
    **{name: name for name in ("left", "right", "up", "down", "escape", "help")},
    "later": "skip",
    "question": "ask",
    "take-back": "undo",
}
# Commands of this page. A class letter wins, so each has a sign that can be no class.
OWN = {"reason": ["R", "W", "'"], "remark": ["M", ":"], "following": ["J"], "later": ["S"]}
WORDS = {
    "reason": _("Write the reason"),
    "question": _("Send it back with a question"),
    "remark": _("Read and write comments"),
    "later": _("Leave it for later"),
    "following": _("The next one"),
    "take-back": _("Take your last settlement back"),
    "zoom-toggle": _("Zoom in and back"),
    "original": _("Show the original file"),
    "surround": _("Grey, black or white surround"),
    "help": _("Show the keys"),
}


def setup(user: User, project: Project, classes: Sequence[LabelClass]) -> dict[str, Any]:
    """For the script, as JSON."""
    theirs = keys_for(user, project)
    keys = {name: list(theirs.get(name_there, [])) for name, name_there in SAME.items()}
    letters = {label.key for label in classes}
    taken = letters | {key for signs in keys.values() for key in signs}
    for name, signs in OWN.items():
        keys[name] = [*keys.get(name, []), *(sign for sign in signs if sign not in taken)]
    return {
        "keys": keys,
        "me": user.pk,
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "urls": {
            "comments": reverse("api_comments", args=[0]),
            "commentNames": reverse("api_comment_names"),
            "signIn": f"{reverse('login')}?next={reverse('set_aside', args=[project.key])}",
        },
    }


def key_rows(keys: Mapping[str, list[str]]) -> dict[str, tuple[list[str], str]]:
    """Command, as templates can name it -> its key caps, and what it does."""
    return {
        name.replace("-", "_"): ([shown(key) for key in keys[name]], str(words))
        for name, words in WORDS.items()
        if keys.get(name)
    }

"""Whom the sign-in of an institution (OpenID Connect) stands for.

People linked before, people whom an admin gave that e-mail address, and others only where the site gives
them a role.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import User
from curation.services.audit import record
from curation.services.people import RESERVED
from curation.sign_in_settings import Provider

LONGEST_NAME = 150
TRIES = 50  # at finding a user name that is free


class Identity(NamedTuple):
    """What the provider says of somebody. `verified`: that the e-mail address is theirs."""

    subject: str
    email: str
    verified: bool
    username: str
    name: str


def person_for(provider: Provider, identity: Identity) -> SocialAccount:
    """Who this is, linked from now on. Refused for whom nobody here knows.

    An address is believed only where the provider says that it is verified: else anybody could give theirs as
    that of an admin.
    """
    try:
        with transaction.atomic():
            known = _known(provider, identity)
            person = known or _added(provider, identity)
            account = SocialAccount.objects.create(user=person, provider=provider.key, uid=identity.subject)
            record(person, "person.link", person.username, by=provider.name, new=known is None)
            return account
    except IntegrityError:  # the same person in two windows: the other one was first
        found = SocialAccount.objects.filter(provider=provider.key, uid=identity.subject).first()
        if found is None:
            raise
        return found


def _known(provider: Provider, identity: Identity) -> User | None:
    person = User.objects.filter(email__iexact=identity.email).first() if identity.email else None
    if person is None:
        return None
    if not identity.verified:
        raise Refused(
            _(
                "%(provider)s does not say that the e-mail address %(email)s is verified, so you are not "
                "signed in."
            )
            % {"provider": provider.name, "email": identity.email}
        )
    if not person.is_active:
        raise Refused(ended())
    if SocialAccount.objects.filter(user=person, provider=provider.key).exists():
        raise Refused(
            _(
                "The account with your e-mail address is linked with another one of %(provider)s. Ask an "
                "admin."
            )
            % {"provider": provider.name}
        )
    return person


def _added(provider: Provider, identity: Identity) -> User:
    if not provider.role:
        raise Refused(
            _(
                "%(provider)s knows you, but nobody here has given you an account. Ask an admin to add you "
                "with the e-mail address that %(provider)s has."
            )
            % {"provider": provider.name}
        )
    user = User(username=_free(identity), role=provider.role, first_name=identity.name[:LONGEST_NAME])
    if identity.verified:
        user.email = identity.email
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    user.save()
    record(user, "person.add", user.username, role=user.role, by=provider.name)
    return user


def _free(identity: Identity) -> str:
    """A user name from what the provider says, with a number where it is taken."""
    wanted = re.sub(r"[^\w.@+-]", "", identity.username or identity.email.partition("@")[0])[:140] or "person"
    if wanted.lower() in RESERVED:
        wanted = f"{wanted.strip('.')}-1" if wanted.strip(".") else "person"
    for number in range(1, TRIES + 1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        if not User.objects.filter(username__iexact=name).exists():
            return name
    raise Refused(_("The user name %(name)s is taken.") % {"name": wanted})


def ended() -> str:
    return _("This account may no longer sign in. Ask an admin of this site.")


def linked(user: User) -> bool:
    return SocialAccount.objects.filter(user=user).exists()


@transaction.atomic
def unlink(actor: User, user: User) -> int:
    """Forget whom an institution calls by this account; the e-mail address stays and links it again."""
    gone = SocialAccount.objects.select_for_update().filter(user=user).delete()[0]
    if not gone:
        raise Refused(_("%(someone)s is not linked with an institution.") % {"someone": user})
    record(actor, "person.unlink", user.username)
    return gone


@transaction.atomic
def set_email(actor: User, user: User, email: str) -> None:
    """The address by which an institution knows `user`; empty: by none. Nobody else may have it."""
    email = email.strip()
    fresh = User.objects.select_for_update().get(pk=user.pk)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Refused(_("%(email)s is no e-mail address.") % {"email": email}) from error
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists() and email:
        raise Refused(_("Somebody else has this e-mail address."))
    if fresh.email != email:
        record(actor, "person.email", fresh.username, before=fresh.email, after=email)
        fresh.email = email
        fresh.save(update_fields=["email"])

"""Take the second factor from somebody who has lost it, where no admin is left who could."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import User
from curation.services.second_factor import reset


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="of the person, as on the people page")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no person {username!r}.")
        try:
            ended = reset(None, user)
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{username} signs in by password alone now; {ended} sessions were ended.")

"""What is asked of a release, checked before anything is read or waits for a worker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import LabelClass, Project, Release
from curation.services.balance import Sizes
from curation.services.release_scope import Scope, checked_scope

LARGEST_SEED = 2**63 - 1
LONGEST_NAME = 80


@dataclass(frozen=True)
class Options:
    """target: pictures per class; of a test that is all there is of some sources, 0. name: "" to make one."""

    classes: tuple[LabelClass, ...]
    target: Sizes
    seed: int
    balance: str
    largest: bool
    scope: Scope
    name: str

    def as_params(self) -> dict[str, Any]:
        """Them again as keywords of `checked_options`, as JSON has them."""
        return {
            "seed": self.seed,
            "name": self.name,
            "balance": str(self.balance),
            "largest": self.largest,
            **self.target.as_dict(),
            **self.scope.lists(),
        }


def checked_options(
    project: Project,
    *,
    seed: int,
    name: str | None = None,
    train: int | None = None,
    test: int | None = None,
    validate: int | None = None,
    balance: str = Release.Balance.RANDOM,
    largest: bool = False,
    only_sources: Iterable[str] = (),
    only_licences: Iterable[str] = (),
    test_sources: Iterable[str] = (),
    survey_sources: Iterable[str] = (),
) -> Options:
    """Numbers that are not given are the project's. Raises Refused for what no release can be made of."""
    scope = checked_scope(
        project,
        only_sources=only_sources,
        only_licences=only_licences,
        test_sources=test_sources,
        survey_sources=survey_sources,
    )
    if test is None:
        test = 0 if scope.test_sources else project.test
    elif test and scope.test_sources:
        raise Refused(
            _("test %(test)s: the test split is all there is of %(sources)s. Give 0 or nothing.")
            % {"test": test, "sources": ", ".join(scope.test_sources)}
        )
    target = Sizes(
        project.train if train is None else train,
        test,
        project.validate if validate is None else validate,
    )
    check_numbers(target, seed, balance)
    if name:
        check_name(name)
    classes = tuple(project.classes.order_by("index"))
    if not classes:
        raise Refused(_("Project %(key)s has no classes, so nothing can be frozen.") % {"key": project.key})
    return Options(classes, target, seed, balance, largest, scope, name or "")


def check_numbers(target: Sizes, seed: int, balance: str) -> None:
    """Raises Refused for numbers that no release can have."""
    for split, number in target.as_dict().items():
        if number < 0:
            raise Refused(
                _("%(split)s %(number)s: expected 0 or more pictures per class.")
                % {"split": split, "number": number}
            )
    if not target.total:
        raise Refused(_("train, test and validate are all 0: give at least one picture per class."))
    if balance not in Release.Balance.values:
        raise Refused(
            _("balance %(balance)r: expected one of %(values)s.")
            % {"balance": balance, "values": ", ".join(Release.Balance.values)}
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise Refused(
            _("seed %(seed)s: expected a whole number from 0 to %(largest_seed)s.")
            % {"seed": seed, "largest_seed": LARGEST_SEED}
        )


RESERVED = {"diff", "new"}  # /releases/diff/ compares releases, /releases/new/ freezes one


def check_name(name: str) -> None:
    """Raises Refused for a name that is malformed or taken."""
    try:
        validate_slug(name)
    except ValidationError as error:
        raise Refused(
            _("Release name %(name)r: only letters, digits, - and _ are possible.") % {"name": name}
        ) from error
    if name in RESERVED:
        raise Refused(
            _("Release name %(name)r: the page of that name is another. Choose another name.")
            % {"name": name}
        )
    if len(name) > LONGEST_NAME:
        raise Refused(
            _("Release name %(name)r has %(name_2)s characters; at most %(longest_name)s are possible.")
            % {"name": name, "name_2": len(name), "longest_name": LONGEST_NAME}
        )
    if Release.objects.filter(name=name).exists():
        raise Refused(
            _("There is a release %(name)r already, and it cannot change. Choose another name.")
            % {"name": name}
        )


def free_name(wanted: str, promised: Iterable[str] = ()) -> str:
    """`wanted`, with -2, -3 … behind it where it is taken. promised: names that are taken, too."""
    stem = wanted[: LONGEST_NAME - 6]
    taken = set(Release.objects.filter(name__startswith=stem).values_list("name", flat=True)) | set(promised)
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def usual_name(project: Project, sizes: Sizes, seed: int) -> str:
    """What a release is called that nobody named, as long as that is free."""
    return f"{project.key}-{sizes.total}-s{seed}"

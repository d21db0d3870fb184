"""What is missing to a target, and the plan that meets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.languages import in_words
from curation.models import LabelClass
from curation.services.balance import Picture, Sizes, proportioned
from curation.services.splits import Plan, orders_of, plan_in_order


@dataclass(frozen=True)
class ClassSupply:
    """A class that cannot give what is wanted. `missing` may exceed `wanted - accepted`: see Shortage."""

    category: str
    name: str
    accepted: int
    wanted: int
    missing: int

    @property
    def by_groups(self) -> int:
        """How many of the missing are there by number, but may not be parted as the sizes would need."""
        return self.missing - max(self.wanted - self.accepted, 0)


class Shortage(Refused):
    """Some classes have too few pictures, or too many of theirs must stay together.

    `rows` names each of them. A class that has enough by number still lacks some where near-duplicates and
    pictures of one specimen, which may not be parted, leave no way to fill every split exactly.
    """

    def __init__(self, rows: Sequence[ClassSupply], wanted: Sizes, advice: str) -> None:
        self.rows = list(rows)
        self.wanted = wanted
        worst = max(rows, key=lambda row: row.missing)
        more = _(" and %(n)s more classes lack some") % {"n": len(rows) - 1} if len(rows) > 1 else ""
        numbers = {name: in_words(f"{n:,}") for name, n in wanted.as_dict().items()}
        said = _(
            "Too few pictures for %(total)s per class (%(train)s train, %(test)s test, %(validate)s "
            "validate): "
            "%(class)s lacks %(missing)s%(more)s."
        ) % (
            numbers
            | {"total": in_words(f"{wanted.total:,}"), "class": worst.name}
            | {"missing": in_words(f"{worst.missing:,}"), "more": more}
        )
        super().__init__(
            f"{said} {advice}",
            shortage=[vars(row) for row in self.rows],
            wanted=wanted.as_dict(),
        )

    def table(self) -> str:
        """class x accepted x wanted x missing, for a terminal."""
        head = ("class", "accepted", "wanted", "missing", "")
        body = [
            (
                row.category,
                f"{row.accepted:,}",
                f"{row.wanted:,}",
                f"{row.missing:,}",
                f"{row.by_groups:,} of them in groups that may not be parted" if row.by_groups > 0 else "",
            )
            for row in self.rows
        ]
        widths = [max(len(line[i]) for line in [head, *body]) for i in range(4)]
        return "\n".join(
            f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}}  {line[2]:>{widths[2]}}  {line[3]:>{widths[3]}}"
            f"  {line[4]}".rstrip()
            for line in [head, *body]
        )


def make_plan(
    pool: Sequence[Picture],
    classes: Sequence[LabelClass],
    target: Sizes,
    *,
    balance: str,
    seed: int,
    largest: bool = False,
) -> Plan:
    """A plan without gaps for `target`, or with `largest` for the largest balanced size up to it.

    Raises Shortage.
    """
    accepted = Counter(picture.category for picture in pool)
    categories = [label.index for label in classes]

    orders = orders_of(pool, categories, balance, seed)

    def attempt(sizes: Sizes) -> Plan:
        return plan_in_order(orders, sizes, seed)

    made = attempt(target)
    if not made.missing:
        return made
    if not largest:
        raise _shortage(
            made, classes, accepted, _("Review more, lower the numbers, or freeze the largest balanced size.")
        )
    # Groups may stand in the way of a size that would do by number, so the size is searched for; from one
    # that works upwards, halving what is unknown.
    smallest = sum(1 for part in target if part)
    upper = min(min(accepted[category] for category in categories), target.total) + 1
    found: Plan | None = None
    lower = smallest - 1
    size = upper - 1  # mostly the first one works
    while lower < size < upper:
        made = attempt(proportioned(size, target))
        if made.missing:
            upper = size
        else:
            found, lower = made, size
        size = (lower + upper) // 2
    if found is None:
        made = attempt(proportioned(smallest, target))
        advice = _("Not even %(n)s per class can be frozen: review more pictures of these classes.") % {
            "n": smallest
        }
        raise _shortage(made, classes, accepted, advice)
    return found


def _shortage(made: Plan, classes: Sequence[LabelClass], accepted: Counter[int], advice: str) -> Shortage:
    wanted = made.sizes.total
    return Shortage(
        [
            ClassSupply(label.slug, label.name, accepted[label.index], wanted, made.missing[label.index])
            for label in classes
            if label.index in made.missing
        ],
        made.sizes,
        advice,
    )

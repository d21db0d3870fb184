"""Days in filters: those that something can have happened on."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator

# The day after the last one has to be a date, too, and midnight of the first in every time zone.
DAYS = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2999, 12, 30))]

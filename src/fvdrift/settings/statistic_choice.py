"""Keys of every [[statistic]]: which particles count."""

from pydantic import field_validator

from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .table import Table, key

STATUSES = ("active", "stranded", "deposited")  # of particles that are there


class ChoiceKeys(Table):
    """Which particles count."""

    status: kinds.Texts = key(
        "Which particles count, by their status: active, stranded, deposited.",
        STATUSES,
        example='["active", "stranded", "deposited"]',
    )
    releases: kinds.Texts = key(
        "Names of the releases whose particles count.", (), example='["farm"]', when_absent="all releases"
    )

    @field_validator("status")
    @classmethod
    def _of_those_that_are_there(cls, status: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in status if name not in STATUSES]
        if wrong or not status:
            what = shown(wrong[0]) if wrong else "an empty list"
            raise ValueError(
                f"{what} is none of {', '.join(STATUSES)}: the others are gone, or not there yet"
            )
        return status

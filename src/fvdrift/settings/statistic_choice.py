"""Keys of every [[statistic]]: which particles count."""

from typing import TYPE_CHECKING

from pydantic import ValidationInfo, field_validator

from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .table import Table, key

if TYPE_CHECKING:
    from fvdrift.expression import Expression

STATUSES = ("active", "stranded", "deposited")  # of particles that move, or may again


class ChoiceKeys(Table):
    """Which particles count."""

    status: kinds.Texts = key(
        "Which particles count, by their status: active, stranded, deposited (concentration: active alone); for density, and "
        "where ways are followed, also settled.",
        STATUSES,
        example='["active", "stranded", "deposited"]',
    )
    releases: kinds.Texts = key(
        "Names of the releases whose particles count.", (), example='["farm"]', when_absent="all releases"
    )

    depth: kinds.OptionalLayer = key(
        "Depths below the moving surface at which particles count: from the first to before the second.",
        None,
        example='["0m", "5m"]',
        unit="m",
        when_absent="all depths",
    )
    height: kinds.OptionalLayer = key(
        "Heights above the bed at which particles count: from the first to before the second.",
        None,
        example='["0m", "2m"]',
        unit="m",
        when_absent="all heights",
    )
    sigma: kinds.OptionalSigmas = key(
        "Places in the column at which particles count, -1 at the bed, 0 at the surface: from the first to before the "
        "second; to 0 with it.",
        None,
        example="[-0.5, 0.0]",
        when_absent="the whole column",
    )
    age: kinds.OptionalAgeRange = key(
        "Ages at which particles count: from the first to before the second; not for flushing and ftle.",
        None,
        example='["1d", "10d"]',
        unit="s",
        when_absent="all ages",
    )
    dry: kinds.OptionalFlag = key(
        "Whether only particles count that wait on dry elements (true), or only others (false).",
        None,
        example="false",
        when_absent="both",
    )
    where: kinds.OptionalText = key(
        "A condition on a particle's variables, of the files or worked out, and on x, y, z, sigma, age, status, dry: while "
        "it is true the particle counts.",
        None,
        example='"temp > 12 and salinity < 30"',
        when_absent="no condition",
    )

    @property
    def looked_at(self) -> dict[str, str]:
        """Names of what filters look at, with the key that says so."""
        names = dict.fromkeys(("sigma", "water_depth"), "depth" if self.depth else "height")
        found = names if self.depth or self.height else {}
        found |= {"sigma": "sigma"} if self.sigma else {}
        found |= {} if self.dry is None else {"dry": "dry"}
        return found | ({} if self.condition is None else dict.fromkeys(self.condition.names, "where"))

    @property
    def condition(self) -> "Expression | None":
        """`where`, read; None where it is not given."""
        return None if self.where is None else _condition(self.where)

    @field_validator("status")
    @classmethod
    def _of_those_that_are_there(cls, status: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in status if name not in (*STATUSES, "settled")]
        if wrong or not status:
            what = shown(wrong[0]) if wrong else "an empty list"
            raise ValueError(
                f"{what} is none of {', '.join(STATUSES)}, settled: the others are gone, or not there yet"
            )
        return status

    @field_validator("releases")
    @classmethod
    def _of_any(cls, releases: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not releases and not (info.context or {}).get("resolved"):
            raise ValueError("an empty list names no release: nobody would count; leave the key out for all")
        return releases

    @field_validator("where")
    @classmethod
    def _readable(cls, where: str) -> str:
        if not _condition(where).condition:
            raise ValueError("this is a number, not a condition: compare it, as in temp > 12")
        return where


def _condition(text: str) -> "Expression":
    """Of a particle, as `where` has it. Raises ValueError."""
    # these load numpy, which few run files need
    from fvdrift.expression import parse
    from fvdrift_kernels.state import STATUS_NAMES

    return parse(text, None, {name: float(number) for number, name in enumerate(STATUS_NAMES)})

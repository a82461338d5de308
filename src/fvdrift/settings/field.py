"""The keys of [[field]] and [[alert]], declared once: what is worked out of variables, and looked at."""

from typing import Literal

from pydantic import field_validator

from . import key_types as kinds
from .table import Table, key


class Field(Table):
    """A quantity worked out at every node, by all workers, at every frame; as good as a variable of the
    files."""

    name: kinds.Name = key("Its name, in output.variables and alerts.", example='"happiness"', template="set")
    expression: kinds.Text = key(
        "Of variables on nodes and fields above: + - * / **, comparisons, and, or, not, exp, log, sqrt, min, max, clip ...",
        example='"exp(-((temp - 12) / 3)**2)"',
        template="set",
    )
    units: kinds.OptionalText = key(
        "Its unit in the tracks, as CF writes it.",
        None,
        example='"m2 s-2"',
        when_absent="what follows from the variables of the expression, where anything does",
    )

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        from fvdrift.expression import parse

        parse(expression, None)
        return expression


class Alert(Table):
    """A condition on active particles, or on all of the run where it names status; looked at from the start
    on."""

    when: kinds.Text = key(
        "min, max, mean, sum, count or fraction of particle variables, compared and joined by and, or, not. "
        "One that names status runs over all particles of the run, others over active ones. "
        "Over none count is 0 and the others have no value; what has no value makes nothing true.",
        example='"min(happiness) > 0.9"',
        template="set",
    )
    every: kinds.OptionalDuration = key(
        "How often it is looked at, from the start on, not at an end between two looks; a multiple of the step.",
        None,
        example='"1h"',
        unit="s",
        when_absent="at the start, every frame and the end",
    )
    say: kinds.Title = key("What is said when it is true.", "", example='"All particles are ecstatic!"')
    action: Literal["log", "stop"] = key("Whether the run goes on or ends then.", "log", example='"log"')

    @field_validator("when")
    @classmethod
    def _readable(cls, when: str) -> str:
        # these load numpy, which few run files need
        from fvdrift.expression import parse_alert
        from fvdrift_kernels.state import STATUS_NAMES

        parse_alert(when, None, dict.fromkeys(STATUS_NAMES, 0.0))
        return when

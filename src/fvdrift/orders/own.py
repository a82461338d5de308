"""The user's own behaviour, as workers are asked for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .variable import Sample


class OwnSource(NamedTuple):
    """A function in a file. run_file: as messages name it; path: whole; text: all of the file."""

    run_file: str
    path: str
    function: str
    text: str

    def problem(self, line: int | None, what: str) -> str:
        """What is wrong at a line of the file."""
        place = Path(self.path).name + (f":{line}" if line else "")
        return f"{self.run_file}: behaviour.custom: {place}: {what}"


@dataclass(frozen=True)
class OwnOrder:
    """An own behaviour, checked. parameters: what the function asks for; samples: the variables on nodes
    among them, in the order of Own.fields; state: names of its own numbers; digest: of all that the compiled
    function depends on; backward, level: as for `check`."""

    source: OwnSource
    parameters: tuple[str, ...]
    samples: tuple[Sample, ...]
    state: tuple[str, ...]
    digest: str
    backward: bool = False
    level: bool = False

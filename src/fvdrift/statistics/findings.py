"""What all accounts of a run have come to, put together from their shares: becomes a file, and a table for a
person."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fvdrift.tools.netcdf.classic_header import Attribute

from .base import Account, State
from .file import write_file
from .plan import StatisticsPlan
from .shares import joined
from .variables import FileVariable, topology, with_system


class Findings:
    """Of all shares."""

    def __init__(self, plan: StatisticsPlan, shares: Sequence[Mapping[int, State]]):
        """shares: by holder, what its accounts found, by number of the statistic."""
        self._scene, self._needs_mesh = plan.scene, plan.order.needs_element
        self._kinds = plan.kinds
        # they only put into words what was found
        self._found: list[tuple[Account, State]] = [
            (
                account.make(plan.scene, account.keys[:0]),
                joined([share[number] for share in shares if number in share], account.kind),
            )
            for number, account in enumerate(plan.accounts)
        ]

    def write(self, path: Path, attributes: Mapping[str, Attribute]) -> None:
        """The file of all statistics, whole or not at all. Raises OutputError."""
        write_file(path, list(self.variables()), attributes)

    def variables(self) -> Iterator[FileVariable]:
        """Those of the file: the system of coordinates where it is known, the mesh where it is needed, then statistic by
        statistic. Each says of which statistic it is and of what kind that is: names alone don't tell where one begins as
        another does."""
        return with_system(self._scene, list(self._described()))

    def _described(self) -> Iterator[FileVariable]:
        if self._needs_mesh:
            yield from topology(self._scene.mesh(), self._scene)
        for (account, found), kind in zip(self._found, self._kinds, strict=True):
            of_which = {"statistic_name": account.name, "statistic_kind": kind}
            for variable in account.described(self._scene, found):
                yield variable._replace(attributes={**variable.attributes, **of_which})

    def summary(self) -> Iterator[str]:
        """What was found, for a person to read."""
        for account, found in self._found:
            yield f"{account.name}:"
            yield from (f"  {line}" for line in account.summary(self._scene, found))

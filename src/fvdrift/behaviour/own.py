"""`behaviour.custom` and `behaviour.state`: the user's own behaviour, a function in a Python file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fvdrift.fields import rows_of
from fvdrift.forcing import VELOCITIES
from fvdrift.orders import OwnOrder, Sample
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.own import Own

from .base import Asked, Behaviour, Between, Column
from .own_check import check
from .own_source import read_own

if TYPE_CHECKING:
    from fvdrift.settings import RunFile


@dataclass(frozen=True)
class OwnBehaviour(Behaviour):
    """order: the function, read and checked."""

    option = "own"
    costs = (("own behaviour", 50.0),)

    order: OwnOrder

    @classmethod
    def asked(cls, run_file: "RunFile") -> bool:
        return run_file.behaviour.custom is not None

    @classmethod
    def columns(cls, run_file: "RunFile") -> Iterator[Column]:
        for name, begin in run_file.behaviour.state.items():
            yield Column(name, "1", f"{name}, kept by the own behaviour", begin)

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        taken = [name for name in asked.run_file.behaviour.state if name in asked.known]
        yield from (
            f"behaviour.state: {name} is a variable of the forcing: take another name" for name in taken
        )

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        run_file, custom = asked.run_file, asked.run_file.behaviour.custom
        assert custom is not None
        order = check(
            read_own(run_file.resolve(custom.file), custom.function, run_file.path.name),
            asked.columns,
            {name: sample for name, sample in asked.known.items() if sample.location == "node"},
            asked.sun_known,
            backward=run_file.time.direction == "backward",
            level=asked.kind != "3d",
        )
        return cls(order)

    @property
    def inputs(self) -> tuple[Sample, ...]:
        return self.order.samples

    @property
    def sun(self) -> bool:
        return "sun" in self.order.parameters

    def kernel_option(self, between: Between) -> Own | None:
        if between.own_kind is None:
            return None
        seen = tuple(_as_in_files(sample, between) for sample in self.order.samples)
        return between.own_kind(seen, between.direction, self.order.level)

    def summary(self) -> Iterator[str]:
        source = self.order.source
        yield f"own behaviour: {source.function} of {Path(source.path).name}"


def _as_in_files(sample: Sample, between: Between) -> NodeField:
    """A variable at both levels, forward where frames hold velocities of the way back."""
    first, second = (rows_of(level, sample.name) for level in between.pair)
    if between.direction < 0 and sample.name in VELOCITIES:
        first, second = -first, -second
    return NodeField(first, second, int(sample.vertical == "level"))

"""`boundary.bottom = "deposit"` and `boundary.resuspension`: a bed that keeps what comes to it, for good or
until the flow takes it up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from fvdrift.fields import course_of_bed
from fvdrift.settings import RunFile
from fvdrift_kernels import behaviour_options
from fvdrift_kernels.state import DEPOSITED

from .base import Asked, Behaviour, Between


@dataclass(frozen=True)
class Bed(Behaviour):
    """critical: shear velocity above which it gives up what lies there, m/s; None: it keeps that; roughness:
    m."""

    option = "bed"
    costs = (("bottom = deposit, resuspension", 14.0),)

    critical: float | None = None
    roughness: float = 0.001

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.boundary.bottom == "deposit"

    @classmethod
    def alone(cls, asked: Asked) -> bool:
        """Where nothing but the flow moves particles up and down, there is nothing to keep; in runs that are
        not 3-D it is refused."""
        return asked.run_file.diffusion.vertical is not None or asked.kind != "3d"

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        critical = asked.run_file.boundary.resuspension
        eroding = critical is not None
        yield from asked.only_in_3d("boundary.resuspension" if eroding else 'boundary.bottom = "deposit"')
        yield from asked.only_forward(boundary__resuspension=critical)

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        keys = asked.run_file.boundary
        return cls(keys.resuspension, keys.roughness)

    @property
    def bed_roughness(self) -> float | None:
        return None if self.critical is None else self.roughness

    @property
    def wakes(self) -> tuple[int, ...]:
        return () if self.critical is None else (DEPOSITED,)

    def kernel_option(self, between: Between) -> behaviour_options.KeepingBed | behaviour_options.ErodibleBed:
        if self.critical is None:
            return behaviour_options.KeepingBed()
        return behaviour_options.ErodibleBed(self.critical, course_of_bed(between.window, between.levels))

    def summary(self) -> Iterator[str]:
        if self.critical is not None:
            yield f"taken up from the bed above a shear velocity of {self.critical * 100:.4g} cm/s"

"""`behaviour.migration`: swimming to one depth by day and to another by night."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from fvdrift.settings import Migration, RunFile
from fvdrift_kernels import behaviour_options

from .base import Asked, Behaviour, Between

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class DailyMigration(Behaviour):
    """Day is by the sun, or by the clock where the run file gives dawn and dusk."""

    option = "migration"
    costs = (("migration by the sun", 6.0),)

    wish: Migration

    @classmethod
    def asked(cls, run_file: RunFile) -> bool:
        return run_file.behaviour.migration is not None

    @classmethod
    def problems(cls, asked: Asked) -> Iterator[str]:
        yield from asked.only_in_3d("behaviour.migration")
        if cls.planned(asked).sun and not asked.sun_known:
            missing = "longitude and latitude" if asked.series.calendar else "calendar"
            yield (
                f"behaviour.migration: the forcing has no {missing}, so where the sun is is not known; give dawn and dusk, "
                'such as dawn = "06:00", dusk = "18:00"'
            )

    @classmethod
    def planned(cls, asked: Asked) -> Self:
        wish = asked.run_file.behaviour.migration
        assert wish is not None
        return cls(wish)

    @property
    def sun(self) -> bool:
        return self.wish.dawn is None

    @property
    def fastest_up_or_down(self) -> float:
        return self.wish.speed

    def kernel_option(self, between: Between) -> behaviour_options.Migration:
        dawn, dusk = self.wish.dawn, self.wish.dusk
        lit: behaviour_options.Sunlight | behaviour_options.ClockLight | None = between.light
        if dawn is not None and dusk is not None:
            clock = (between.direction * between.schedule.times[1:]) % DAY
            after, before = clock >= dawn, clock < dusk
            lit = behaviour_options.ClockLight(
                (after | before if dusk < dawn else after & before).astype(np.uint8)
            )
        assert lit is not None
        return behaviour_options.Migration(self.wish.day, self.wish.night, self.wish.speed, lit)

    def summary(self) -> Iterator[str]:
        by = "the sun" if self.sun else "the clock"
        yield f"swimming to {self.wish.day:g} m by day and {self.wish.night:g} m by night, by {by}"

    def depths(self) -> Iterator[tuple[str, float, str]]:
        for name in ("day", "night"):
            then = "nobody gets there: they swim to the bed"
            yield f"behaviour.migration.{name}", getattr(self.wish, name), then

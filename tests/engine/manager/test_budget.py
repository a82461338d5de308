"""What became of all that was released, in words."""

import numpy as np

from fvdrift.engine.manager.budget import Budget
from fvdrift.tools.exact_sum import ExactSum
from fvdrift.tools.particle_arrays import STATUS_NAMES


def units(mass: float) -> int:
    once = ExactSum()
    once.add(np.array([mass]))
    return once.total


def test_what_may_wait_on_dry_flats_is_not_said_to_be_in_the_water() -> None:
    budget, carried = Budget(), [0] * len(STATUS_NAMES)
    for status, mass in (("active", 7.0), ("stranded", 1.5)):
        carried[STATUS_NAMES.index(status)] = units(mass)
    budget.released = units(12.0)
    budget.add_row([carried], closing=False)
    afloat = "mass: 12 kg released, 7 in the water, 1.5 stranded, 3.5 decayed"
    assert budget.said("mass", 0) == afloat
    assert budget.said("mass", 3) == afloat.replace("water", "water and on dry flats")

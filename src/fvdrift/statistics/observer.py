"""Asks every question of the particles that one worker, or one reader of a block of trajectories, sees."""

from collections.abc import Callable

import numpy as np

from fvdrift.forcing import Fields
from fvdrift.mesh import Subdomain
from fvdrift.orders import END, Answer, Observed, StatisticsOrder
from fvdrift_kernels.whereabouts import well_inside

from .ground import WaterAtLook
from .places import MARGIN

Columns = dict[str, np.ndarray]
Answers = list[Answer | None]  # by question


class Observer:
    """Knows what is asked, and remembers nothing."""

    def __init__(self, order: StatisticsOrder):
        self.order = order

    def answers(self, row: int, columns: Columns) -> Answers:
        """columns: id (ascending), x, y, status, element, and all that is wanted, as `Observed` has them. At END
        nobody asks for an age."""
        origins, ids = self.order.origins, columns["id"]
        at = origins.at(ids)
        age = np.full(len(ids), -1) if row == END else self.order.times[row] - origins.born[at]
        wants = self.order.wants
        seen = Observed(
            id=ids,
            age=age,
            release=origins.release[at],
            **{name: columns[name] for name in ("x", "y", "status", "element")},
            values={name: columns[name] for name in wants},
        )
        return [question.answer(row, seen) for question in self.order.questions]

    def of_records(
        self,
        row: int,
        records: np.ndarray,
        subdomain: Subdomain,
        sampled: Callable[[np.ndarray], Fields],
    ) -> Answers:
        """What RECORDs of a row say, as a worker has them in its subdomain. sampled: works out what is wanted of
        records, and is not asked where nothing is."""
        ordered = records.take(np.argsort(records["id"], kind="stable"))
        columns = columns_of_records(ordered, subdomain.mesh.element, subdomain.elements, self.order)
        if self.order.wants:
            fields = sampled(ordered)
            columns |= {name: fields[name].astype(np.float64) for name in self.order.wants}
        return self.answers(row, columns)

    def of_water(self, row: int, water: WaterAtLook) -> Answers:
        """What the water says that somebody answers for."""
        return [question.of_water(row, water) for question in self.order.questions]


def columns_of_records(
    records: np.ndarray,
    elements: np.ndarray,
    numbers: np.ndarray,
    order: StatisticsOrder,
) -> Columns:
    """Of RECORDs (particle,), ascending in id, as a worker has them. elements, numbers: ELEMENT (element,) of
    its subdomain, and their numbers along the curve."""
    columns = {name: np.ascontiguousarray(records[name]) for name in ("id", "x", "y")}
    columns["status"] = records["status"].astype(np.int8)
    columns["element"] = np.full(len(records), -1, np.int32)
    if order.needs_element and len(records):
        local, inside = np.ascontiguousarray(records["element"]), np.empty(len(records), bool)
        well_inside(elements, local, columns["x"], columns["y"], MARGIN, inside)
        columns["element"][inside] = numbers[local[inside]]
    return columns

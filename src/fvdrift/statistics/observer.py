"""Asks every question of the particles that one worker, or one reader of a block of trajectories, sees."""

from collections.abc import Callable
from functools import partial

import numpy as np

from fvdrift.mesh import Subdomain
from fvdrift.orders import END, Answer, Observed, StatisticsOrder
from fvdrift_kernels.whereabouts import well_inside

from .places import MARGIN

Columns = dict[str, np.ndarray]
Answers = list[Answer | None]  # by question


class Observer:
    """Knows what is asked, and remembers nothing."""

    def __init__(self, order: StatisticsOrder):
        self.order = order

    def answers(self, row: int, columns: Columns) -> Answers:
        """columns: id (ascending), x, y, z, status, element, as `Observed` has them. At END nobody asks for
        an age."""
        origins, ids = self.order.origins, columns["id"]
        at = origins.at(ids)
        age = np.full(len(ids), -1) if row == END else self.order.times[row] - origins.born[at]
        seen = Observed(
            ids,
            columns["x"],
            columns["y"],
            columns["z"],
            age,
            origins.release[at],
            columns["status"],
            columns["element"],
        )
        return [question.answer(row, seen) for question in self.order.questions]

    def of_records(
        self,
        row: int,
        records: np.ndarray,
        subdomain: Subdomain,
        z: Callable[[], np.ndarray],
    ) -> Answers:
        """What RECORDs of a row say, as a worker has them in its subdomain. z: works out the height of every
        record."""
        order = np.argsort(records["id"], kind="stable")
        sorted_z = partial(_in_order, z, order)
        columns = columns_of_records(
            records.take(order), subdomain.mesh.element, subdomain.elements, sorted_z, self.order
        )
        return self.answers(row, columns)


def _in_order(values: Callable[[], np.ndarray], order: np.ndarray) -> np.ndarray:
    ordered: np.ndarray = values()[order]
    return ordered


def columns_of_records(
    records: np.ndarray,
    elements: np.ndarray,
    numbers: np.ndarray,
    z: Callable[[], np.ndarray],
    order: StatisticsOrder,
) -> Columns:
    """Of RECORDs (particle,), ascending in id, as a worker has them. elements, numbers: ELEMENT (element,) of
    its subdomain, and their numbers along the curve; z: works out the height of every record, where a
    statistic needs it."""
    columns = {name: np.ascontiguousarray(records[name]) for name in ("id", "x", "y")}
    columns["status"] = records["status"].astype(np.int8)
    columns["z"] = z() if order.needs_z else np.full(len(records), np.nan)
    columns["element"] = np.full(len(records), -1, np.int32)
    if order.needs_element and len(records):
        local, inside = np.ascontiguousarray(records["element"]), np.empty(len(records), bool)
        well_inside(elements, local, columns["x"], columns["y"], MARGIN, inside)
        columns["element"][inside] = numbers[local[inside]]
    return columns

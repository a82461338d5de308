"""Flushing: what part of the particles that begin in a region is left there, and the times that follow from it."""

from collections.abc import Iterator

import numpy as np

from .described import Described, name_table
from .polygons import hours
from .scene import Scene
from .statistic import State, check_numbers
from .table import columns
from .zones import NOWHERE, UNSEEN, InZones, ZoneAccount

ALL_WATER = "all water"


class FlushingAccount(ZoneAccount):
    """A particle belongs to the region it is first seen in. inside, kept: by looks since it was first seen and region, how many
    were inside their region, and how many had been at every look so far; cohort: by look and region, who was first seen."""

    def __init__(self, name: str, question: InZones, total: int):
        super().__init__(name, question)
        self.names = (ALL_WATER,) if question.polygons is None else question.polygons.names
        count, regions = question.looks.number_of, len(self.names)
        self._region = np.full(total, UNSEEN, np.int32)
        self._began = np.zeros(total, np.int32)
        self._is_inside, self._has_left = np.zeros(total, bool), np.zeros(total, bool)
        self._inside_now, self._kept_now = np.zeros((2, count, regions), np.int64)
        self.cohort = np.zeros((count, regions), np.int64)
        self.inside, self.kept = np.zeros((2, count, regions), np.int64)

    def went(self, row, ids, codes, status, sources) -> None:
        self._update(ids[self._region[ids] >= 0], False)
        self._region[ids[self._region[ids] == UNSEEN]] = NOWHERE

    def came(self, look, ids, codes, sources) -> None:
        fresh = self._region[ids] == UNSEEN
        new, regions = ids[fresh], codes[fresh]
        self._region[new], self._began[new] = regions, look
        new, regions = new[regions >= 0], regions[regions >= 0]
        self._is_inside[new] = True
        for counts in (self.cohort, self._inside_now, self._kept_now):
            np.add.at(counts, (look, regions), 1)
        ids, codes = ids[~fresh], codes[~fresh]
        ours = self._region[ids] >= 0
        ids, codes = ids[ours], codes[ours]
        self._update(ids, codes == self._region[ids])

    def _update(self, ids: np.ndarray, inside: np.ndarray | bool) -> None:
        """Whether particles are inside their region now; who is not has left it, for good or not."""
        inside = np.broadcast_to(inside, ids.shape)
        index = self._began[ids], self._region[ids]
        np.add.at(self._inside_now, index, inside.astype(np.int64) - self._is_inside[ids])
        leaving = ~inside & ~self._has_left[ids]
        np.add.at(self._kept_now, (index[0][leaving], index[1][leaving]), -1)
        self._is_inside[ids] = inside
        self._has_left[ids[leaving]] = True

    def closed(self, look) -> None:
        self.inside[: look + 1] += self._inside_now[look::-1]
        self.kept[: look + 1] += self._kept_now[look::-1]

    def state(self) -> State:
        return {
            "region": self._region, "began": self._began, "is_inside": self._is_inside, "has_left": self._has_left,
            "inside_now": self._inside_now, "kept_now": self._kept_now, "cohort": self.cohort, "inside": self.inside,
            "kept": self.kept, "looks_taken": np.array(self.looks_taken),
        }  # fmt: skip

    def restore(self, state: State) -> None:
        self._region, self._began = state["region"].copy(), state["began"].copy()
        self._is_inside, self._has_left = state["is_inside"].copy(), state["has_left"].copy()
        self._inside_now, self._kept_now = state["inside_now"].copy(), state["kept_now"].copy()
        self.cohort, self.inside, self.kept = (state[name].copy() for name in ("cohort", "inside", "kept"))
        self.looks_taken = int(state["looks_taken"])
        check_numbers(UNSEEN, len(self.names), self._region)
        check_numbers(0, max(len(self.cohort), 1), self._began)

    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(elapsed, region): part of the particles that is inside, part that has always been, and of how many particles."""
        looks = self.looks_taken
        # who was first seen at look j has been looked at after 0, 1 ... looks - 1 - j looks more
        observed = np.cumsum(self.cohort[:looks], axis=0)[::-1]
        nan = np.full(observed.shape, np.nan)
        inside, kept = (
            np.divide(counts[:looks], observed, out=nan.copy(), where=observed > 0) for counts in (self.inside, self.kept)
        )
        return inside, kept, observed

    def described(self, scene: Scene) -> Iterator[Described]:
        name, region, elapsed = self.name, f"{self.name}_region", f"{self.name}_elapsed"
        every = self.question.looks.every / 1e6
        inside, kept, observed = self.parts()
        seconds = np.arange(len(inside)) * every
        yield Described(elapsed, (elapsed,), seconds, {"long_name": "time since a particle was first seen", "units": "s"})
        yield name_table(f"{region}_name", region, self.names, "names of the regions")
        text, both = {"coordinates": f"{region}_name"}, (elapsed, region)
        for key, dimensions, values, units, words in (
            ("fraction_inside", both, inside, "1", "part of the particles of the region that is in it"),
            ("fraction_kept", both, kept, "1", "part of the particles of the region that has been in it at every look so far"),
            ("observed", both, observed, "1", "particles of the region that were followed so long"),
            ("e_folding_time", (region,), e_folding(inside, every), "s", "time after which 1/e of the particles is there"),
            ("e_folding_time_kept", (region,), e_folding(kept, every), "s", "time after which 1/e has never left the region"),
            ("mean_time_inside", (region,), integral(inside, every), "s", "mean time in the region, returns included"),
            ("mean_residence_time", (region,), integral(kept, every), "s", "mean time until a particle first leaves the region"),
        ):
            yield Described(f"{name}_{key}", dimensions, values, {"long_name": words, "units": units, **text})

    def story(self, scene: Scene) -> Iterator[str]:
        every = self.question.looks.every / 1e6
        inside, kept, observed = self.parts()
        folding, folding_kept, mean = e_folding(inside, every), e_folding(kept, every), integral(kept, every)
        rows = []
        for i, name in enumerate(self.names):
            last = int(np.count_nonzero(observed[:, i])) - 1
            if last >= 0:
                left = f"{inside[last, i]:.4f}"
                rows.append((name, f"{observed[0, i]:,}", hours(folding[i]), hours(folding_kept[i]), hours(mean[i]), left))
        heads = ("region", "particles", "e-folding, h", "without returns, h", "mean residence, h", "there at the end")
        yield from columns(heads, rows)


def e_folding(parts: np.ndarray, every: float) -> np.ndarray:
    """When parts (elapsed, region) first fall to 1/e, by exponentials between looks (straight lines to 0); NaN if they don't."""
    found = np.full(parts.shape[1], np.nan)
    for region, part in enumerate(parts.T):
        below = np.flatnonzero(part <= np.exp(-1.0))
        if not len(below) or below[0] == 0:
            continue
        k = int(below[0])
        before, after = float(part[k - 1]), float(part[k])
        if after > 0:
            share = (np.log(before) + 1.0) / (np.log(before) - np.log(after))
        else:
            share = (before - np.exp(-1.0)) / before
        found[region] = (k - 1 + share) * every
    return found


def integral(parts: np.ndarray, every: float) -> np.ndarray:
    """Of parts (elapsed, region) over time, by trapezoids as far as they are known; a lower bound if some are left then."""
    return 0.5 * every * np.nan_to_num(parts[1:] + parts[:-1]).sum(axis=0)

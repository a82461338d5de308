"""Clouds: centre and spread of the particles of a release, and how fast it spreads. All sums are exact,
rounded once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fvdrift.mesh import METRES_PER_DEGREE
from fvdrift.orders import Answer, Choice, Looks, Observed, Question
from fvdrift.tools.exact_sum import UNIT, ExactSum

from .asked import Asked
from .base import Account, State
from .context import Context
from .shares import AccountPlan
from .table import columns
from .variables import FileVariable, axes, name_table, time_coordinate

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1))  # of x, y, z: what second moments are taken of
ALL = "all releases"
SPLIT = float((1 << 27) + 1)  # Veltkamp's: halves of 26 bits, whose products are exact


def plan(asked: Asked) -> AccountPlan:
    """Of one cloud, or of one of each release."""
    question = CloudOf(asked.looks, asked.choice, asked.block.apart)
    return AccountPlan(CloudAccount, asked.name, question, range(1))


@dataclass
class Moments:
    """Of some particles: sums of x, y, z and of the products of PAIRS. members: which they are, as `mark_of`
    has it."""

    first: list[ExactSum]
    second: list[ExactSum]
    members: int

    def merge(self, other: "Moments") -> None:
        self.members = (self.members + other.members) % (1 << 64)
        for into, more in zip((*self.first, *self.second), (*other.first, *other.second), strict=True):
            into.merge(more)

    def mean(self, i: int) -> float:
        return self.first[i].mean()

    def covariance(self, pair: int) -> float:
        """Mean product less product of means, exactly, rounded once."""
        i, j = PAIRS[pair]
        count, sums, product = self.first[i].count, self.first, self.second[pair]
        if product.nans or not count:
            return np.nan
        first, second = (Fraction(sums[k].total, 1 << UNIT) for k in (i, j))
        return float(Fraction(product.total, count << UNIT) - first * second / (count * count))


def mark_of(ids: np.ndarray) -> int:
    """A number of 64 bits that tells one set of particles from another, whatever their order: the sum of
    their numbers, each scrambled by splitmix64 (Steele, Lea & Flood 2014, OOPSLA 453). Two sets share it by a
    chance of 5e-20."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int((z ^ (z >> np.uint64(31))).sum(dtype=np.uint64))


def moments(ids: np.ndarray, columns: Sequence[np.ndarray]) -> Moments:
    """columns: x, y, z, float64 (particle,)."""
    first = []
    for column in columns:
        first.append(ExactSum())
        first[-1].add(column)
    halves = [_halves(column) for column in columns]
    second = []
    for i, j in PAIRS:
        product = columns[i] * columns[j]
        (a, b), (c, d) = halves[i], halves[j]
        total = ExactSum()
        total.add(product)
        total.add(((a * c - product) + a * d + b * c) + b * d)  # exactly what the product was rounded by
        second.append(total)
    return Moments(first, second, mark_of(ids))


def _halves(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers of 26 bits that add up to each value exactly (Dekker 1971, Numerische Mathematik 18,
    224)."""
    scaled = SPLIT * values
    upper = scaled - (scaled - values)
    return upper, values - upper


@dataclass(frozen=True)
class CloudOf(Question):
    """apart: whether each release is a cloud of its own."""

    looks: Looks
    choice: Choice
    apart: bool
    wants: tuple[str, ...] = ("z",)

    def answer(self, row: int, seen: Observed) -> Answer | None:
        if not self.is_look(row):
            return None
        seen = self.choice.present(seen)
        if not self.apart:
            return {"clouds": {0: moments(seen.id, (seen.x, seen.y, seen.z))}} if len(seen) else None
        order = np.argsort(seen.release, kind="stable")
        releases, starts = np.unique(seen.release[order], return_index=True)
        parts = np.split(order, starts[1:])
        clouds = {
            int(release): moments(seen.id[part], (seen.x[part], seen.y[part], seen.z[part]))
            for release, part in zip(releases, parts, strict=False)
        }
        return {"clouds": clouds} if clouds else None


class CloudAccount(Account):
    """By look: numbers: (cloud, 8): particles, mean x, y, z, and the covariances of PAIRS, in units of the
    coordinates; members: uint64 (cloud,), which they are."""

    def __init__(self, name: str, question: CloudOf, scene: Context, keys: range):
        """keys: it is not cut."""
        self.name, self.question = name, question
        self.names = scene.names if question.apart else (ALL,)
        self.numbers: list[np.ndarray] = []
        self.members: list[np.ndarray] = []

    def take(self, row: int, answers: Sequence[Answer]) -> None:
        if not self.question.is_look(row):
            return
        clouds: dict[int, Moments] = {}
        for answer in answers:
            for number, cloud in answer["clouds"].items():
                if number in clouds:
                    clouds[number].merge(cloud)
                else:
                    clouds[number] = cloud
        found = np.full((len(self.names), 8), np.nan)
        found[:, 0] = 0
        members = np.zeros(len(self.names), np.uint64)
        for number, cloud in clouds.items():
            members[number] = cloud.members
            means = [cloud.mean(i) for i in range(3)]
            found[number] = [
                cloud.first[0].count,
                *means,
                *(cloud.covariance(pair) for pair in range(len(PAIRS))),
            ]
        self.numbers.append(found)
        self.members.append(members)

    def looked(self) -> int:
        return len(self.numbers)

    def state(self) -> State:
        return {
            "numbers": np.array(self.numbers).reshape(-1, len(self.names), 8),
            "members": np.array(self.members, np.uint64).reshape(-1, len(self.names)),
        }

    def restore(self, state: State) -> None:
        self.numbers, self.members = list(state["numbers"]), list(state["members"])
        if len(self.members) != len(self.numbers):
            raise ValueError("it has not as many members as numbers")

    def found(self) -> State:
        return self.state()

    def _in_metres(self, found: State, geographic: bool) -> np.ndarray:
        """(look, cloud, 8), covariances in m2; for degrees at the latitude of the centre."""
        numbers = found["numbers"].copy()
        if geographic:
            per_y = METRES_PER_DEGREE
            per_x = METRES_PER_DEGREE * np.cos(np.radians(numbers[..., 2]))
            numbers[..., 4] *= per_x**2
            numbers[..., 5] *= per_y**2
            numbers[..., 7] *= per_x * per_y
        return numbers

    def _spread(self, numbers: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Horizontal spread (m) and the rate (m2/s) at which half its square grows, from the look before; NaN
        where others were in the cloud then: who comes or goes changes its spread without any mixing."""
        variance = 0.5 * (numbers[..., 4] + numbers[..., 5])
        rate = np.full(variance.shape, np.nan)
        if len(variance) > 1:
            same = (members[1:] == members[:-1]) & (numbers[1:, :, 0] == numbers[:-1, :, 0])
            grown = np.diff(variance, axis=0) / (2 * self.question.looks.every / 1e6)
            rate[1:] = np.where(same, grown, np.nan)
        return np.sqrt(variance), rate

    def described(self, scene: Context, found: State) -> Iterator[FileVariable]:
        name, cloud, looks = self.name, f"{self.name}_cloud", self.question.looks
        numbers = self._in_metres(found, scene.geographic)
        spread, rate = self._spread(numbers, found["members"])
        yield from time_coordinate(f"{name}_time", scene, looks.times[:: looks.stride][: len(numbers)])
        yield name_table(f"{cloud}_name", cloud, self.names, "names of the clouds")
        x, y = axes(scene)
        unit_x, unit_y = ("degrees_east", "degrees_north") if scene.geographic else ("m", "m")
        particles = numbers[..., 0].astype(np.int64)
        for key, values, units, words in (
            ("particles", particles, "1", "particles in the cloud"),
            (f"centre_{x}", numbers[..., 1], unit_x, f"mean {x} of the cloud"),
            (f"centre_{y}", numbers[..., 2], unit_y, f"mean {y} of the cloud"),
            ("centre_z", numbers[..., 3], "m", "mean height of the cloud above the zero level of the model"),
            ("variance_x", numbers[..., 4], "m2", "variance of the cloud towards east, or along x"),
            ("variance_y", numbers[..., 5], "m2", "variance of the cloud towards north, or along y"),
            ("variance_z", numbers[..., 6], "m2", "variance of the cloud's height"),
            ("covariance_xy", numbers[..., 7], "m2", "covariance of the two horizontal directions"),
            ("spread", spread, "m", "root of the mean of both horizontal variances"),
            (
                "dispersion",
                rate,
                "m2 s-1",
                "apparent diffusivity: half the growth of the spread's square since the last sampling time; "
                "none where the cloud had other particles",
            ),
        ):
            said = {"long_name": words, "units": units, "coordinates": f"{cloud}_name"}
            yield FileVariable(f"{name}_{key}", (f"{name}_time", cloud), values, said)

    def summary(self, scene: Context, found: State) -> Iterator[str]:
        if not len(found["numbers"]):
            return
        numbers = self._in_metres(found, scene.geographic)
        spread = self._spread(numbers, found["members"])[0][-1]
        x, y = axes(scene)
        rows = [
            (name, f"{int(it[0]):,}", f"{it[1]:.8g}", f"{it[2]:.8g}", f"{it[3]:.3g}", f"{spread[i]:.4g}")
            for i, (name, it) in enumerate(zip(self.names, numbers[-1], strict=True))
        ]
        yield from columns(
            (
                "at the last sampling time",
                "particles",
                f"centre {x}",
                f"centre {y}",
                "centre z, m",
                "spread, m",
            ),
            rows,
        )

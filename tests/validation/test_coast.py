"""The coast: nobody is driven into the land, and what is even stays even. FVCOM's own tracker loses one in a
thousand."""

import netCDF4
import numpy as np
import pytest

from analytic_flows import Flow
from fvdrift_kernels.state import COAST, SLIDE, STRAND
from simple_meshes import even_levels, peninsula, rectangle
from tank import HOUR, SECOND, Tank, brute_force, still

from .runs import ESTUARY, STATUS, follow, write_points
from .test_gyre_and_peninsula import LENGTH, RADIUS, WIDTH, exact_in, past_the_peninsula

FILES = [ESTUARY / "estA_0001.nc", ESTUARY / "estA_0002.nc"]
RULES = ("impermeable", "zero", "neighbours")
# m; the water west of SEEDED has no particles, and does not come as far as INNER
INNER, SEEDED = 433_000.0, 428_000.0


class Estuary:
    """What the files say of the mesh, and the wet water of the first hours: places even by volume."""

    def __init__(self):
        with netCDF4.Dataset(FILES[0]) as first, netCDF4.Dataset(FILES[1]) as second:
            for data in (first, second):
                data.set_auto_mask(False)
            self.x, self.y, self.h = (first[name][:].astype(float) for name in ("x", "y", "h"))
            self.triangles = first["nv"][:].T[:, ::-1].astype(int) - 1  # FVCOM's are clockwise
            beyond = first["nbe"][:].T.astype(int) - 1
            self.zeta = np.concatenate([first["zeta"][:], second["zeta"][:]]).astype(float)
            wet = np.concatenate([first["wet_cells"][:], second["wet_cells"][:]]) == 1
        a, b, c = (np.stack([self.x, self.y], 1)[self.triangles[:, i]] for i in range(3))
        self.area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]) / 2
        inner = wet.all(axis=0) & (self.x[self.triangles].mean(axis=1) > INNER)
        first_row = (beyond < 0).any(axis=1)
        self.rows = first_row & inner, ~first_row & first_row[beyond].any(axis=1) & inner
        self.seeded = wet[:3].all(axis=0)

    def volume(self, record: int) -> np.ndarray:
        return self.area * np.maximum((self.h + self.zeta[record])[self.triangles].mean(axis=1), 0.05)

    def seeds(self, count: int, path, west: float = -np.inf) -> str:
        """A release file of places even by volume, east of `west`."""
        random = np.random.default_rng(7)
        share = np.where(self.seeded & (self.x[self.triangles].mean(axis=1) > west), self.volume(0), 0.0)
        e = random.choice(len(share), count, p=share / share.sum())
        weight = random.dirichlet((1.0, 1.0, 1.0), count)[:, :, None]
        x, y = ((weight[:, :, 0] * of[self.triangles[e]]).sum(axis=1) for of in (self.x, self.y))
        return write_points(path, x=x, y=y, sigma=-random.uniform(0.001, 0.999, count))

    def density_at_the_coast(self, x, y, record: int) -> float:
        """Particles a volume in elements with a coast side, over that in the row behind them."""
        found, inside = brute_force(self.x, self.y, self.triangles, x, y)
        count = np.bincount(found[inside > -1e-6], minlength=len(self.area))
        coast, behind = (count[row].sum() / self.volume(record)[row].sum() for row in self.rows)
        return coast / behind


def half_a_day(folder, points: str, gradient: str, coast: str):
    return follow(folder, f"""
        [forcing]
        files = {[str(file) for file in FILES]}
        [time]
        step = "60s"
        duration = "12h"
        [[release]]
        file = "{points}"
        coordinates = "projected"
        [advection]
        coast_gradient = "{gradient}"
        [boundary]
        open = "{ESTUARY / "estA_obc.dat"}"
        coast = "{coast}"
        [output]
        file = "tracks.nc"
        every = "3h"
    """)  # fmt: skip


@pytest.mark.validation
def test_nearly_nobody_of_those_released_in_the_water_strands(tmp_path):
    """3000 in the estuary for 12 h; the slopes by neighbours, which point into the land, are the control."""
    points, stranded = Estuary().seeds(3000, tmp_path / "points.csv"), {}
    for gradient in ("impermeable", "neighbours"):
        tracks = half_a_day(tmp_path, points, gradient, "strand")
        stranded[gradient] = int((tracks.status[-1] == STATUS["stranded"]).sum())
        print(f"\n{gradient}: {stranded[gradient]} of 3000 stranded (FVCOM: 1 in 1275)", end="")
        (tmp_path / "tracks.nc").unlink()
    assert stranded["impermeable"] <= 5
    assert stranded["neighbours"] > 20


@pytest.mark.validation
def test_what_is_even_by_volume_stays_even_along_the_coast(tmp_path):
    """The density in the elements at the coast over that in the row behind them: 1, but for the tide's
    fronts."""
    water, ratios = Estuary(), {}
    points = water.seeds(30_000, tmp_path / "points.csv", west=SEEDED)
    for gradient in ("impermeable", "neighbours"):
        tracks = half_a_day(tmp_path, points, gradient, "slide")
        ratios[gradient] = []
        for k, hours in enumerate((0, 3, 6, 9, 12)):
            here = tracks.status[k] == STATUS["active"]
            ratios[gradient].append(water.density_at_the_coast(tracks.x[k][here], tracks.y[k][here], hours))
        print(
            f"\n{gradient}: density at the coast over that behind it, every 3 h: {np.round(ratios[gradient], 2)}",
            end="",
        )
        (tmp_path / "tracks.nc").unlink()
    assert max(ratios["impermeable"]) < 1.5
    assert max(ratios["neighbours"]) > 2.5


# a vortex in a square basin, whose walls are a streamline
SIDE, SPEED = 10_000.0, 0.5


def vortex(x, y):
    k = np.pi / SIDE
    return -SPEED * np.sin(k * x) * np.cos(k * y), SPEED * np.cos(k * x) * np.sin(k * y)


def along_the_coast(tank: Tank, levels) -> None:
    """Turn the velocities of elements with one coast side along it, as FVCOM keeps them."""
    whole = tank.whole
    for e in np.flatnonzero(((whole.beyond < 0).sum(axis=1) == 1) & (whole.beyond == COAST).any(axis=1)):
        i = int((whole.beyond[e] < 0).argmax())
        a, b = whole.corners[e, i - 2], whole.corners[e, i - 1]
        along = np.array([whole.x[b] - whole.x[a], whole.y[b] - whole.y[a]])
        along /= np.hypot(*along)
        for level in levels:
            part = level.u[:, e] * along[0] + level.v[:, e] * along[1]
            level.u[:, e], level.v[:, e] = part * along[0], part * along[1]


def carried(tank: Tank, velocity, x, y, hours: int, step: int, coast: int, tangential: bool = False):
    """The particles `hours` later, in a steady flow, velocity(x, y)."""
    flow = Flow(
        u=lambda x, y, s, t: velocity(x, y)[0] + 0 * s, v=lambda x, y, s, t: velocity(x, y)[1] + 0 * s, omega=still
    )  # fmt: skip
    levels = tank.levels(flow, (0, hours * HOUR))
    if tangential:
        along_the_coast(tank, levels)
    return tank.follow(levels, tank.particles(x, y), step=step * SECOND, every=hours * HOUR, coast=coast).end


def beside_the_walls(h: float, count: int = 600):
    """Places within two elements of the four walls of the basin, not in its corners."""
    random = np.random.default_rng(2)
    wall, along, off = (
        random.integers(0, 4, count),
        SIDE * random.uniform(0.1, 0.9, count),
        h * random.uniform(0.02, 2.0, count),
    )
    x = np.choose(wall, (along, along, off, SIDE - off))
    return x, np.choose(wall, (off, SIDE - off, along, along))


@pytest.mark.validation
def test_a_vortex_is_followed_along_its_walls_with_order_two_and_strands_nobody():
    """Flow that is smooth, and the same as FVCOM keeps it, along the coast in each element there: `zero`
    strands some of the first, `neighbours` many of the second."""
    sizes, errors = (25, 50, 100), []
    for n in sizes:
        x, y = beside_the_walls(SIDE / n)
        truth = exact_in(vortex, x, y, 6 * 3600.0)
        stranded = {}
        for rule in RULES:
            tank = Tank(rectangle(SIDE, SIDE, elements=2 * n * n), sigma=even_levels(1), coast_gradient=rule)
            for tangential in (False, True):
                end = carried(tank, vortex, x, y, 6, 60, STRAND, tangential)
                stranded[rule, tangential] = int((end["status"] == STATUS["stranded"]).sum())
            if rule == "impermeable":
                end = carried(tank, vortex, x, y, 6, 60, SLIDE)
                errors.append(np.percentile(np.hypot(end["x"] - truth[0], end["y"] - truth[1]), 90))
        told = ", ".join(f"{rule} {stranded[rule, False]} and {stranded[rule, True]}" for rule in RULES)
        print(f"\n{n} elements across: 90 % within {errors[-1]:.1f} m; stranded of 600 where it is smooth and where it is along "
              f"the coast: {told}", end="")  # fmt: skip
        assert stranded["impermeable", False] == stranded["impermeable", True] == 0
        assert stranded["zero", False] > 3
        assert stranded["neighbours", True] > 10
    order = -np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    print(f"; order {order:.2f} (2)")
    assert order > 1.75
    assert errors[0] < 25.0


def past_it(x, y):
    return past_the_peninsula(x, y)[:2]


@pytest.mark.validation
def test_the_peninsula_strands_nobody_and_keeps_the_channel_in_place():
    """Released across the channel 100 m to 49 km from the land: 90 % of the distances after 12 h; and 300
    close to the land."""
    for n, most in ((20, 84.0), (40, 47.0), (80, 25.0)):
        mesh = peninsula(LENGTH, WIDTH, RADIUS, elements=4 * n * n)
        ends = mesh.x.min() + 1000.0, mesh.x.max() - 1000.0
        is_open = lambda x, y, ends=ends: (x < ends[0]) | (x > ends[1])  # noqa: E731
        tank = Tank(mesh, sigma=even_levels(1), coast_gradient="impermeable", is_open=is_open)

        y = np.linspace(100.0, 49_000.0, 400)
        x = np.full(len(y), 3000.0)
        truth = exact_in(past_it, x, y, 12 * 3600.0)
        end = carried(tank, past_it, x, y, 12, 300, SLIDE)
        error = np.percentile(np.hypot(end["x"] - truth[0], end["y"] - truth[1]), 90)
        crowd = np.linspace(0.02, 6.0, 300) * WIDTH / n
        end = carried(tank, past_it, np.full(300, 3000.0), crowd, 24, 300, STRAND)
        stranded = np.count_nonzero(end["status"] == STATUS["stranded"])
        print(
            f"\n{n} elements across: 90 % within {error:.1f} m ({most:.0f}); {stranded} of 300 near the land stranded",
            end="",
        )
        assert error <= most
        assert stranded == 0

"""Every key of a run file, declared once: type, default, unit, one sentence. Not how files are read (that is
`load`).

Help, schema, templates, reference page and messages are all made from these lines; `table.key` says what they
hold.
"""

from collections.abc import Iterator, Mapping, Set
from fnmatch import fnmatchcase
from os.path import normpath
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import PrivateAttr, ValidationInfo, field_validator, model_validator

from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .behaviour import Behaviour
from .boundary import Boundary
from .ensemble import Ensemble
from .plausible import Remarks
from .readers import Dimension, Instant
from .release import Release
from .statistic import Statistic, names_taken_twice, off_the_records
from .table import Table, check_order, key, off_the_grid, problems_at

# of particles, by number (fvdrift_kernels.state has them too: not imported here, as it loads numba)
STATUS_NAMES = ("not_released", "active", "stranded", "deposited", "settled", "exited", "dead")


class Forcing(Table):
    """FVCOM's output, and how to read it."""

    files: kinds.Files = key(
        "Names or patterns of FVCOM output files; together they form one series, in the order of their times.",
        example='["estuary_*.nc"]',
        template="set",
    )
    coordinates: Literal["auto", "geographic", "projected"] = key(
        "Which of the files' coordinates to integrate in: lon and lat, or x and y; `fvdrift info` says which and why.",
        "auto",
        example='"auto"',
    )
    projection: kinds.OptionalText = key(
        "What the projected coordinates are, so that tracks carry lon and lat too.",
        None,
        example='"EPSG:32630"',
        when_absent="unknown",
    )
    time_interpolation: Literal["linear", "cubic"] = key(
        "How velocity is taken between frames: cubic through four, or linear between two.",
        "cubic",
        example='"cubic"',
    )
    max_gap: kinds.OptionalDuration = key(
        "Longest time between two frames to interpolate over.",
        None,
        example='"3h"',
        unit="s",
        when_absent="1.5 times the usual interval of the frames",
    )
    max_speed: kinds.FastestSpeed = key(
        "Fastest flow, towards x or y, that is believed: faster water than this in the files ends the run.",
        20.0,
        example='"20 m/s"',
        unit="m/s",
    )
    min_depth: kinds.PositiveLength = key(
        "Where the files have no wet_cells: an element is wet whose surface, at the highest of its nodes, stands more than "
        "this above its bed, at the highest of its nodes (FVCOM's MIN_DEPTH).",
        0.05,
        example='"5 cm"',
        unit="m",
    )


class Time(Table):
    """What part of the forcing the run covers, and in what steps."""

    start: kinds.OptionalInstant = key(
        "Start of the run: a date and time (UTC), or the time since the first record.",
        None,
        example="2020-05-01T00:00:00Z",
        when_absent="the first record",
    )
    end: kinds.OptionalInstant = key(
        "End of the run, written like start; give end or duration, not both.",
        None,
        example="2020-05-02T00:00:00Z",
        when_absent="the last record",
    )
    duration: kinds.OptionalDuration = key(
        "Length of the run, instead of end.",
        None,
        example='"24h"',
        unit="s",
        when_absent="up to the last record",
    )
    step: kinds.Duration = key(
        "Time step; at most the interval between frames.",
        60_000_000,
        example='"60s"',
        unit="s",
        template="basic",
    )
    direction: Literal["forward", "backward"] = key(
        "Direction of time: backward goes from end to start through the reversed flow, to where water came from.",
        "forward",
        example='"forward"',
    )

    @field_validator("end")
    @classmethod
    def _end_after_start(cls, end: Instant, info: ValidationInfo) -> Instant:
        check_order("end", end, info.data.get("start"), may_equal=False)
        return end

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        if {"end", "duration"} <= given:
            yield "end and duration are both given: take one away"


class Advection(Table):
    """How the flow moves particles."""

    scheme: Literal["rk4", "rk2", "euler"] = key("How a step is integrated.", "rk4", example='"rk4"')
    dimension: kinds.Moves = key(
        'What moves particles: "3d" flow, "2d" (the depth mean), or the flow at the "surface", where they stay then.',
        Dimension("3d"),
        example='"3d"',
    )
    depth: kinds.OptionalDepth = key(
        "Instead of dimension: depth below the moving surface that particles are held at.",
        None,
        example='"5m"',
        unit="m",
        when_absent="as dimension says",
    )

    vertical_velocity: Literal["auto", "omega", "ww", "continuity"] = key(
        "What a 3-D run moves particles up and down by: omega of the files, omega worked out of their ww, or omega rebuilt from "
        "the horizontal flow; auto: omega, and continuity where there is none.",
        "auto",
        example='"auto"',
    )
    coast_gradient: Literal["impermeable", "zero", "neighbours"] = key(
        "How velocity varies within elements at the edge of the mesh: across a coast side it falls to zero at the side, not "
        "at all, as in FVCOM's own tracker, or by the neighbours they have.",
        "impermeable",
        example='"impermeable"',
    )
    level_slope: Literal["followed", "zero"] | None = key(
        "Where sigma levels differ from place to place: whether they slope within elements, so that omega, the flow through "
        "them, moves particles as the water moves; or not, as in FVCOM's own tracker, where they go up and down with the levels.",
        None,
        example='"followed"',
        when_absent='"followed"',
    )
    stokes_drift: kinds.OptionalPair = key(
        "The variables on elements that hold the Stokes drift towards x and y in m/s, in layers or at the surface.",
        None,
        example='["u_stokes", "v_stokes"]',
        when_absent="no Stokes drift",
    )
    stokes_depth: kinds.OptionalPositiveLength = key(
        "Depth at which a Stokes drift given at the surface only has fallen to 1/e of it; each particle feels that of its depth.",
        None,
        example='"5m"',
        unit="m",
        when_absent="the drift is given in layers",
    )

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        if {"dimension", "depth"} <= given:
            yield "dimension and depth are both given: take one away (depth holds particles at that depth)"
        if "stokes_depth" in given and "stokes_drift" not in given:
            yield "stokes_depth needs stokes_drift, the variables that hold the drift"

    @model_validator(mode="after")
    def _depth_is_a_dimension(self) -> Self:
        if self.depth is not None:
            self.__dict__["dimension"] = Dimension("depth", self.depth)
        return self


class Diffusion(Table):
    """The random walk that stands for mixing; off where nothing is given."""

    horizontal: kinds.HorizontalDiffusivity = key(
        'Horizontal diffusivity: a value, or smagorinsky times "viscofh" from the files, or from the shear of the flow '
        '("smagorinsky").',
        None,
        example='"1 m2/s"',
        unit="m2/s",
        when_absent="no horizontal walk",
    )
    vertical: kinds.VerticalDiffusivity = key(
        'Vertical diffusivity: a value, or "kh" from the files.',
        None,
        example='"kh"',
        unit="m2/s",
        when_absent="no vertical walk",
    )
    scheme: Literal["reversible", "milstein", "visser", "euler", "naive"] = key(
        "How the walk in the column is stepped: all but reversible are for comparison, and naive is wrong.",
        "reversible",
        example='"reversible"',
    )
    smagorinsky: kinds.OptionalCoefficient = key(
        "What viscofh is multiplied by (FVCOM's HORIZONTAL_MIXING_COEFFICIENT where its type is 'closure').",
        None,
        example="0.2",
        when_absent="nn_hvc of the files, or 0.2",
    )


class Field(Table):
    """A quantity worked out at every node, by all workers, at every frame; as good as a variable of the
    files."""

    name: kinds.Name = key("Its name, in output.variables and alerts.", example='"happiness"', template="set")
    expression: kinds.Text = key(
        "Of variables on nodes and fields above: + - * / **, comparisons, and, or, not, exp, log, sqrt, min, max, clip ...",
        example='"exp(-((temp - 12) / 3)**2)"',
        template="set",
    )
    units: kinds.OptionalText = key(
        "Its unit in the tracks, as CF writes it.",
        None,
        example='"m2 s-2"',
        when_absent="what follows from the variables of the expression, where anything does",
    )

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        from fvdrift.expression import parse

        parse(expression, None)
        return expression


class Alert(Table):
    """A condition on active particles, or on all of the run where it names status; looked at from the start
    on."""

    when: kinds.Text = key(
        "min, max, mean, sum, count or fraction of particle variables, compared and joined by and, or, not. "
        "One that names status runs over all particles of the run, others over active ones. "
        "Over none count is 0 and the others have no value; what has no value makes nothing true.",
        example='"min(happiness) > 0.9"',
        template="set",
    )
    every: kinds.OptionalDuration = key(
        "How often it is looked at, from the start on, not at an end between two looks; a multiple of the step.",
        None,
        example='"1h"',
        unit="s",
        when_absent="at the start, every frame and the end",
    )
    say: kinds.Title = key("What is said when it is true.", "", example='"All particles are ecstatic!"')
    action: Literal["log", "stop"] = key("Whether the run goes on or ends then.", "log", example='"log"')

    @field_validator("when")
    @classmethod
    def _readable(cls, when: str) -> str:
        from fvdrift.expression import parse_alert  # loads numpy, which few run files need

        parse_alert(when, None, dict.fromkeys(STATUS_NAMES, 0.0))
        return when


class Output(Table):
    """What is written."""

    file: kinds.Text = key(
        "Tracks file; NAME.run.json is written beside it.",
        "tracks.nc",
        example='"tracks.nc"',
        template="basic",
    )
    every: kinds.Duration = key(
        "Time between records, a multiple of the step; the end of the run is recorded too.",
        3_600_000_000,
        example='"1h"',
        unit="s",
        template="basic",
    )
    variables: kinds.Texts = key(
        "Variables of the forcing to record along the tracks.",
        (),
        example='["temp", "salinity"]',
        template="basic",
    )
    tracks: kinds.Flag = key(
        "Whether tracks are written at all; without them NAME.stats.nc holds what the [[statistic]]s found.",
        True,
        example="true",
    )

    @field_validator("file")
    @classmethod
    def _netcdf(cls, file: str) -> str:
        if not file.endswith(".nc") or Path(file).name == ".nc":
            raise ValueError(f"{shown(file)} must end in .nc")
        return file


class Checkpoint(Table):
    """What is kept so that a run that was cut off can go on (run --resume); a signal to stop always keeps
    one."""

    every: kinds.OptionalDuration = key(
        "Model time from one checkpoint to the next; they are taken at frame times.",
        None,
        example='"6h"',
        unit="s",
        when_absent="only where a signal asks for one",
        template="basic",
    )
    keep: kinds.Checkpoints = key(
        "How many are kept: of several, a damaged one can be passed over.", 2, example="2"
    )
    at_end: kinds.Flag = key(
        "Keep one of the end, so that the finished run can be prolonged by a later time.end.",
        False,
        example="false",
    )


class Parallel(Table):
    """How the work is shared; no result depends on it."""

    manager: Literal["auto", "shared", "dedicated"] = key(
        "Whether rank 0 moves particles too (shared) or only manages (dedicated).", "auto", example='"auto"'
    )
    readers: kinds.Readers = key(
        "Threads of rank 0 that read the fields of a frame side by side, which helps with deflated files; "
        "auto: as many as rank 0 has cores that move no particles, one at least and four at most.",
        "auto",
        example='"auto"',
    )
    threads: kinds.Threads = key("Threads of each rank that move particles.", 1, example="4")
    parts: kinds.Parts = key("Pieces the mesh is cut into within one process, as --parts.", 1, example="1")


class RunFile(Table):
    """A run file, checked. Paths in it are relative to its folder: `resolve` makes them whole."""

    title: kinds.Title = key(
        "What this run is; goes into the tracks.", "", example='"Estuary, spring tide"', template="set"
    )
    seed: kinds.Seed = key("Seed of all random numbers.", 0, example="42")
    forcing: Forcing
    time: Time = Time()
    release: tuple[Release, ...]
    advection: Advection = Advection()
    diffusion: Diffusion = Diffusion()
    behaviour: Behaviour = Behaviour()
    boundary: Boundary = Boundary()
    field: tuple[Field, ...] = ()
    alert: tuple[Alert, ...] = ()
    output: Output = Output()
    statistic: tuple[Statistic, ...] = ()
    ensemble: Ensemble = Ensemble()
    checkpoint: Checkpoint = Checkpoint()
    parallel: Parallel = Parallel()

    _path: Path = PrivateAttr(Path("run.toml"))
    _remarks: Remarks = PrivateAttr(Remarks())

    def model_post_init(self, context: Any) -> None:
        if context:
            self._path = context["path"]
            self._remarks = Remarks(context.get("remarks", ()))

    @property
    def path(self) -> Path:
        """The run file itself."""
        return self._path

    @property
    def remarks(self) -> tuple[str, ...]:
        """Warnings about values that are hardly meant, for the start of the run."""
        return tuple(self._remarks)

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return self._path.parent

    def resolve(self, name: str) -> Path:
        """The path that `name` in the run file means."""
        return Path(normpath(self.folder / name))

    @field_validator("release", mode="before")
    @classmethod
    def _blocks(cls, blocks: Any) -> Any:
        if isinstance(blocks, Mapping):
            raise ValueError("write [[release]], in double brackets: there may be several")
        if isinstance(blocks, list | tuple) and not blocks:
            raise ValueError("nothing is released: write a [[release]]")
        return blocks

    @field_validator("release")
    @classmethod
    def _releases_on_steps(cls, blocks: tuple[Release, ...], info: ValidationInfo) -> tuple[Release, ...]:
        if "time" in info.data:
            said = [
                ((n, "every"), off_the_grid(block.every, info.data["time"].step))
                for n, block in enumerate(blocks)
            ]
            if any(problem for _, problem in said):
                raise problems_at([found for found in said if found[1]])
        return blocks

    @field_validator("alert")
    @classmethod
    def _alerts_on_steps(cls, blocks: tuple[Alert, ...], info: ValidationInfo) -> tuple[Alert, ...]:
        if "time" in info.data:
            step = info.data["time"].step
            said = [
                ((n, "every"), off_the_grid(block.every, step))
                for n, block in enumerate(blocks)
                if block.every
            ]
            if any(problem for _, problem in said):
                raise problems_at([found for found in said if found[1]])
        return blocks

    @field_validator("output")
    @classmethod
    def _records_on_steps(cls, output: Output, info: ValidationInfo) -> Output:
        problem = "time" in info.data and off_the_grid(output.every, info.data["time"].step)
        if problem:
            raise problems_at([(("every",), problem)])
        return output

    @field_validator("statistic")
    @classmethod
    def _looks_on_records(cls, blocks: tuple[Statistic, ...], info: ValidationInfo) -> tuple[Statistic, ...]:
        problems = names_taken_twice(blocks)
        if "output" in info.data:
            records = info.data["output"].every
            problems += [
                found for n, block in enumerate(blocks) for found in off_the_records(n, block, records)
            ]
        if problems:
            raise problems_at(problems)
        return blocks

    @field_validator("output")
    @classmethod
    def _spares_the_forcing(cls, output: Output, info: ValidationInfo) -> Output:
        for pattern in info.data["forcing"].files if "forcing" in info.data else ():
            if fnmatchcase(normpath(output.file), normpath(pattern)) and output.file.count(
                "/"
            ) == pattern.count("/"):
                problem = (
                    f"{shown(output.file)} matches forcing.files {shown(pattern)}: "
                    "the next run would read these tracks as forcing; write them to another folder"
                )
                raise problems_at([(("file",), problem)])
        return output

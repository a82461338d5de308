"""Every key of a run file, declared once: type, default, unit, one sentence. Not how files are read (that is
`load`).

Help, schema, templates, reference page and messages are all made from these lines; `table.key` says what they
hold.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from glob import glob
from os.path import exists, normpath
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationInfo, field_validator

from fvdrift.errors import RunFileError
from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .behaviour import Behaviour
from .boundary import Boundary
from .ensemble import Ensemble
from .field import Alert, Field
from .forcing import Forcing, Time
from .motion import Advection, Diffusion
from .output import Checkpoint, Output, Parallel
from .plausible import Remarks
from .release import Release
from .statistic import Statistic, names_taken_twice, off_the_records
from .table import Table, key, off_the_grid, problems_at


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

    def keep_forcing(self, *written: Path) -> None:
        """Refuse to replace its forcing by what is written, by whatever names and links. Raises RunFileError."""
        for path in filter(exists, written):
            for pattern in self.forcing.files:
                if any(path.samefile(name) for name in glob(str(self.resolve(pattern)), recursive=True)):
                    raise RunFileError(f"{path}: is forcing of this run, and is kept: choose another name")

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
        if "boundary" in info.data and info.data["boundary"].coast != "strand":
            none = 'needs boundary.coast = "strand": nobody is ever ashore else'
            problems += [
                ((n, "kind"), f'"shore" {none}') for n, block in enumerate(blocks) if block.kind == "shore"
            ]
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

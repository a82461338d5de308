"""The keys of [output], [checkpoint] and [parallel], declared once: what is left behind, and who does the work."""

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from fvdrift.tools.quantity import shown

from . import key_types as kinds
from .table import Table, key


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

    split: kinds.Split = key(
        "From what size on tracks are cut into several files, in a folder NAME.split beside NAME.nc, which lies over "
        'them and is opened like any other; "never": one file; auto: from 16 GiB of records on.',
        "auto",
        example='"auto"',
    )

    attributes: kinds.Attributes = key(
        "Global attributes of tracks and statistics beside those that fvdrift writes, or in their place, such as those of "
        "ACDD-1.3 that only you know.",
        {},
        example='{ institution = "My institute", license = "CC-BY-4.0" }',
        when_absent="none",
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
    forcing: Literal["auto", "manager", "nodes"] = key(
        "Who reads frames: rank 0, which sends every worker its part (manager), or the ranks of each node together, one "
        "copy on each (nodes); auto: what takes less time by the model of fvdrift plan.",
        "auto",
        example='"auto"',
    )
    threads: kinds.Threads = key("Threads of each rank that move particles.", 1, example="4")
    parts: kinds.Parts = key("Pieces the mesh is cut into within one process, as --parts.", 1, example="1")

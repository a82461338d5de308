"""The settings of a run: what a run file may hold, checked before anything else is loaded."""

from fvdrift.settings.behaviour import Behaviour, Competency, Custom, Grain, Migration, Settling
from fvdrift.settings.boundary import Boundary
from fvdrift.settings.load import Override, load_run_file, read_toml, repeated, run_file_from, run_file_with, tables
from fvdrift.settings.model import (
    Advection,
    Forcing,
    Output,
    Parallel,
    RunFile,
    Time,
)
from fvdrift.settings.release import Release
from fvdrift.settings.resolved import as_written, resolved
from fvdrift.settings.statistic import Statistic
from fvdrift.settings.values import Depth, Dimension, Instant, format_instant

__all__ = [
    "Advection",
    "Behaviour",
    "Boundary",
    "Competency",
    "Custom",
    "Depth",
    "Dimension",
    "Forcing",
    "Grain",
    "Instant",
    "Migration",
    "Output",
    "Override",
    "Parallel",
    "Release",
    "RunFile",
    "Settling",
    "Statistic",
    "Time",
    "as_written",
    "format_instant",
    "load_run_file",
    "read_toml",
    "repeated",
    "resolved",
    "run_file_from",
    "run_file_with",
    "tables",
]

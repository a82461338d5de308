"""The settings of a run: what a run file may hold, checked before anything else is loaded."""

from fvdrift.settings.load import load_run_file, repeated, run_file_from, tables
from fvdrift.settings.model import (
    Advection,
    Boundary,
    Forcing,
    Output,
    Parallel,
    RunFile,
    Time,
)
from fvdrift.settings.release import Release
from fvdrift.settings.resolved import resolved
from fvdrift.settings.values import Depth, Dimension, Instant, format_instant

__all__ = [
    "Advection",
    "Boundary",
    "Depth",
    "Dimension",
    "Forcing",
    "Instant",
    "Output",
    "Parallel",
    "Release",
    "RunFile",
    "Time",
    "format_instant",
    "load_run_file",
    "repeated",
    "resolved",
    "run_file_from",
    "tables",
]

"""The settings of a run: what a run file may hold, checked before anything else is loaded."""

from .behaviour import Behaviour
from .behaviour_values import Competency, Custom, Grain, Migration, Settling
from .boundary import Boundary
from .load import Override, load_run_file, read_toml, repeated, run_file_from, run_file_with, tables
from .model import Advection, Forcing, Output, Parallel, RunFile, Time
from .readers import Depth, Dimension, Instant, format_instant
from .release import Release
from .resolved import as_written, resolved_keys
from .statistic import Statistic

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

"""The keys of [forcing] and [time], declared once."""

from collections.abc import Iterator, Set
from typing import Literal

from pydantic import ValidationInfo, field_validator

from . import key_types as kinds
from .instants import Instant
from .table import Table, check_order, key


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

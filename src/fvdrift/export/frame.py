"""Records as a table of pandas: one row a record, with names in place of codes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .records import Records, Slab

if TYPE_CHECKING:
    import pandas


def frame_of(records: Records) -> "pandas.DataFrame":
    """All records in one table, by trajectory and time. attrs: units and long_name, by column."""
    import pandas

    slabs = list(records.slabs(records.names))
    frame = pandas.concat([slab_frame(records, slab) for slab in slabs] or [empty_frame(records)])
    if len(slabs) > 1:
        frame["_row"] = np.concatenate([_rows(slab) for slab in slabs])
        frame = frame.sort_values(["trajectory", "_row"], kind="stable").drop(columns="_row")
    frame = frame.reset_index(drop=True)
    frame.attrs = attributes_of(records)
    return frame


def attributes_of(records: Records) -> dict[str, Any]:
    """What a table says of its columns."""
    long_names = {name: records.tracks.columns[name].long_name for name in records.names}
    units = records.units() | ({} if records.dated else {"time": time_units(records)})
    return {"units": units, "long_name": long_names}


def time_units(records: Records) -> str:
    """Of times that are no dates."""
    return "seconds since 1970-01-01, standard calendar" if records.tracks.calendar else "s"


def empty_frame(records: Records) -> "pandas.DataFrame":
    """The table of no records: its columns and their types."""
    tracks, row = records.tracks, range(min(1, records.tracks.observations))
    first = np.arange(min(1, tracks.trajectories))
    read = tracks.read(tuple(records.names), first, row)
    return slab_frame(records, Slab(first, row, read, np.zeros((len(first), len(row)), bool)))


def slab_frame(records: Records, slab: Slab) -> "pandas.DataFrame":
    """The records of a slab."""
    import pandas

    tracks = records.tracks
    particle, _ = np.nonzero(slab.there)
    ids = slab.ids[particle]
    time = tracks.times[_rows(slab)]
    made: dict[str, Any] = {
        "trajectory": tracks.numbers(ids),
        "release": _named(tracks.release[ids], enumerate(tracks.names)),
        "time": pandas.to_datetime(time, unit="us", utc=True).as_unit("us") if records.dated else time / 1e6,
    }
    for name in records.names:
        values = slab.columns[name][slab.there]
        flags = tracks.columns[name].flags
        if name == "dry":
            values = values == 1
        made[name] = _named(values, flags) if flags and name != "dry" else values
    return pandas.DataFrame(made)


def _rows(slab: Slab) -> np.ndarray:
    """The record of the file that each row of a table is of."""
    return np.array(slab.rows)[np.nonzero(slab.there)[1]]


def _named(codes: np.ndarray, names: Any) -> "pandas.Categorical":
    """Names in place of codes; none for a code that has none."""
    import pandas

    table = dict(names)
    categories = list(dict.fromkeys(table.values()))
    place = {code: categories.index(name) for code, name in table.items()}
    known, where = np.unique(codes, return_inverse=True)
    places = np.array([place.get(int(code), -1) if np.isfinite(code) else -1 for code in known], np.int32)
    return pandas.Categorical.from_codes(
        places[where] if len(known) else np.empty(0, np.int32), categories=categories
    )

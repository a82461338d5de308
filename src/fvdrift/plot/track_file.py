"""Tracks as a picture needs them: a few columns of some particles, block by block. Nothing is drawn here."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.output import SplitTracks, as_written, is_virtual, open_file, unreadable
from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import SECOND
from fvdrift.tools.netcdf.classic_length import needed_bytes
from fvdrift.tools.netcdf.lock import LOCK
from fvdrift.tools.quantity import shown

# of one column at once, so that a picture of any number of particles fits beside everything else
BLOCK_BYTES = 8 << 20
CACHE_BYTES = 4 << 20
SETTLED = "settled"


class Column(NamedTuple):
    """What a column of the tracks is: long_name and units as in the file, "" where it has none; flags: number
    and name of each of its flag_meanings."""

    name: str
    long_name: str
    units: str
    flags: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, name: str, attributes: Mapping[str, Any]) -> "Column":
        names = str(attributes.get("flag_meanings", "")).split()
        numbers = np.atleast_1d(attributes.get("flag_values", np.arange(len(names))))
        flags = tuple((int(number), name) for number, name in zip(numbers, names, strict=False))
        long_name, units = (
            str(attributes.get(key, usual)) for key, usual in (("long_name", name), ("units", ""))
        )
        return cls(name, long_name, units, flags)


class TrackFile:
    """An open file of tracks, or several as one, or the NAME.nc.part of a run that goes on or was broken off, with
    those beside it.

    trajectories, observations: how many; times: int64 (observation,) microseconds; calendar: False for times
    without one; geographic: positions in degrees, else in the metres of the mesh; names: of the releases;
    release: int32 (trajectory,); statuses: their names by number; columns: of (trajectory, obs), by name; chunk:
    trajectories and records that are best read together; attributes: global ones.
    """

    def __init__(self, path: Path):
        """Raises RunFileError for what is no file of tracks."""
        self.path = path
        if not path.is_file():
            raise RunFileError(f"{path}: there is no such file")
        try:
            with LOCK:
                self._file = open_file(path)
                self._file.set_auto_maskandscale(False)
                self._file.set_auto_chartostring(False)
        except (OSError, RuntimeError) as error:
            raise unreadable(path, error) from None
        try:
            with LOCK:
                self._describe()
        except (KeyError, AttributeError, IndexError) as error:
            of_model = {"nv", "siglay"} <= set(self._file.variables)
            self.close()
            if of_model:
                raise RunFileError(
                    f"{path}: is not a file of tracks; it is FVCOM output: fvdrift info shows it"
                ) from None
            raise RunFileError(
                f"{path}: is not a file of tracks that fvdrift wrote ({error!s} is missing)"
            ) from None

    @classmethod
    def as_written(cls, path: Path) -> bool:
        """Whether the file has the form of tracks that a run writes; so does what is no file of NetCDF, for
        its own sentence."""
        import netCDF4

        if not path.is_file():
            return True
        try:
            with LOCK, netCDF4.Dataset(path) as file:
                file.set_auto_mask(False)
                return (
                    is_virtual(file) or as_written(file) or not {"trajectory", "obs"} <= set(file.dimensions)
                )
        except (OSError, RuntimeError):
            return True

    def _describe(self) -> None:
        file = self._file
        self.attributes: dict[str, Any] = {name: file.getncattr(name) for name in file.ncattrs()}
        self.trajectories = len(file.dimensions["trajectory"])
        status, time = file["status"], file["time"]
        self._by_row = status.dimensions == ("obs", "trajectory")
        self.chunk = chunk_of(None if self._by_row else status.chunking())
        self.observations = self._rows_written() if self._by_row else len(file.dimensions["obs"])
        seconds = np.asarray(time[: self.observations] if time.ndim == 1 else time[0, :])
        self.times = np.rint(seconds * SECOND).astype(np.int64)
        self.calendar = "since" in time.units
        self.geographic = "x" not in file.variables
        self._x, self._y = ("lon", "lat") if self.geographic else ("x", "y")
        _ = file[self._x], file[self._y], file["z"]
        self.statuses = tuple(str(status.flag_meanings).split())
        table = np.asarray(file["release_name"][...])
        self.names = [b"".join(row).rstrip(b"\0").decode() for row in table]
        self.release = np.asarray(file["release"][...])
        self._numbers = numbers_of(file.variables.get("trajectory"), self.trajectories)
        born = file.variables.get("release_time")
        self._born = None if born is None else np.rint(np.asarray(born[...]) * SECOND).astype(np.int64)
        columns = {
            name: v for name, v in file.variables.items() if set(v.dimensions) == {"obs", "trajectory"}
        }
        if not self._by_row:
            # each is read once, from one end to the other: a large cache only holds memory
            for variable in columns.values():
                variable.set_var_chunk_cache(size=CACHE_BYTES)
        self.columns = {
            name: Column.of(name, {key: v.getncattr(key) for key in v.ncattrs()})
            for name, v in columns.items()
        }

    def _rows_written(self) -> int:
        """How many rows of NAME.nc.part count, of all part files; where one was cut the library would read
        zeros."""
        file, paths, written = self._file, [self.path], [self._file["rows_written"][...]]
        if isinstance(file, SplitTracks):
            paths, written = [path for path, _ in file.parts], file.of_each("rows_written")
        for path, rows in zip(paths, written, strict=True):
            if not _is_whole(path) or not 0 <= int(rows) <= len(file.dimensions["obs"]):
                file.close()
                raise RunFileError(f"{path}: is damaged or was cut: its records cannot be read")
        return min(map(int, written))

    def close(self) -> None:
        with LOCK:
            self._file.close()

    def __enter__(self) -> "TrackFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def title(self) -> str:
        given = str(self.attributes.get("title", ""))
        return self.path.name if given in ("", "Particle tracks") else given

    def describe_time(self, time: int) -> str:
        """A time for people."""
        return minute(time, self.calendar)

    def chosen(self, releases: Sequence[str]) -> np.ndarray:
        """int64 ids of the particles of the releases named, of all where none is. Raises RunFileError."""
        unknown = [name for name in releases if name not in self.names]
        if unknown:
            there = ", ".join(shown(name) for name in self.names[:20])
            raise RunFileError(f"{self.path}: has no release {shown(unknown[0])}; it has {there}")
        if not releases:
            return np.arange(self.trajectories)
        wanted = [self.names.index(name) for name in releases]
        return np.flatnonzero(np.isin(self.release, wanted))

    def column(self, name: str) -> Column:
        """Raises RunFileError naming what there is."""
        if name not in self.columns:
            raise RunFileError(
                f"{self.path}: has no variable {shown(name)}; it has {', '.join(sorted(self.columns))}"
            )
        return self.columns[name]

    def blocks(self, rows: range, ids: np.ndarray) -> Iterator[np.ndarray]:
        """`ids`, sorted, in parts that lie within BLOCK_BYTES of a column."""
        most = max(1, BLOCK_BYTES // (8 * max(len(rows), 1)))
        if len(ids):
            yield from np.split(ids, np.flatnonzero(np.diff(ids // most)) + 1)

    def read(self, names: Sequence[str], ids: np.ndarray, rows: range) -> dict[str, np.ndarray]:
        """Columns (id, row) of `ids`, sorted; "x", "y" are the position in either kind of coordinates."""
        parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for block in self.blocks(rows, ids):
            first, last = int(block[0]), int(block[-1]) + 1
            for name in names:
                parts[name].append(self._part(name, slice(first, last), rows)[block - first])
        return {
            name: np.concatenate(parts[name]) if parts[name] else np.empty((0, len(rows))) for name in names
        }

    def read_held(self, names: Sequence[str], ids: np.ndarray, rows: range) -> dict[str, np.ndarray]:
        """As `read`, with "x", "y", "status"; but what has settled stays in sight: where, and as it was, when
        it settled."""
        read = self.read(tuple(dict.fromkeys(("x", "y", "status", *names))), ids, rows)
        if SETTLED not in self.statuses:
            return read
        gone = (read["status"] == self.statuses.index(SETTLED)) & ~np.isfinite(read["x"])
        late = np.flatnonzero(gone.any(axis=1))
        floats = [name for name in read if read[name].dtype.kind == "f"]
        before = range(rows[-1] + 1)
        for block in self.blocks(before, late):
            whole = self.read(floats, ids[block], before)
            there = np.isfinite(whole["x"])
            last = there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
            for name in floats:
                held = whole[name][np.arange(len(block)), last]
                read[name][block] = np.where(gone[block], held[:, None], read[name][block])
        return read

    def born(self, ids: np.ndarray) -> np.ndarray:
        """Release times of `ids`, int64 microseconds; of tracks that don't tell, those of the first record
        with a position."""
        if self._born is not None:
            known: np.ndarray = self._born[ids]
            return known
        found = [np.empty(0, np.int64)]
        for block in self.blocks(range(self.observations), ids):
            there = np.isfinite(self.read(("x",), block, range(self.observations))["x"])
            found.append(self.times[there.argmax(axis=1)])
        return np.concatenate(found)

    def numbers(self, ids: np.ndarray) -> np.ndarray:
        """What `ids` are called in the file: int64, their numbers in the run."""
        called: np.ndarray = self._numbers[ids]
        return called

    def starts_at_once(self, ids: np.ndarray) -> bool:
        """Whether all of `ids` are released at one time; of tracks that don't tell, whether the first and last are."""
        born = self.born(ends_of(ids) if self._born is None else ids)
        return not len(born) or bool(born.min() == born.max())

    def held_rows(self, ids: np.ndarray, rows: range, status: np.ndarray) -> np.ndarray:
        """Which record each of `rows` shows, int (id, row): the row itself, or of what has settled that in
        which it did. status: as read."""
        at = np.broadcast_to(np.array(rows), (len(ids), len(rows)))
        if SETTLED not in self.statuses:
            return at
        late = np.flatnonzero((status == self.statuses.index(SETTLED)).any(axis=1))
        before, at = range(rows[-1] + 1), at.copy()
        for block in self.blocks(before, ids[late]):
            there = np.isfinite(self.read(("x",), block, before)["x"])
            mine = np.searchsorted(ids, block)
            last = np.where(there.any(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1), rows[-1])
            at[mine] = np.minimum(at[mine], last[:, None])
        return at

    def _part(self, name: str, ids: slice, rows: range) -> np.ndarray:
        variable = {"x": self._x, "y": self._y}.get(name, name)
        taken = slice(rows.start, rows.stop, rows.step)
        try:
            with LOCK:
                raw = self._file[variable][taken, ids].T if self._by_row else self._file[variable][ids, taken]
        except (OSError, RuntimeError) as error:
            raise RunFileError(
                f"{self.path}: {variable}: cannot be read ({error}); is the file damaged?"
            ) from None
        values = np.asarray(raw)
        return values.astype(values.dtype.newbyteorder("="), copy=False)


def _is_whole(path: Path) -> bool:
    """Whether a classic file is as long as its header says."""
    try:
        return path.stat().st_size >= (needed_bytes(path) or 0)
    except EOFError:
        return False


def chunk_of(chunks: Any) -> tuple[int, int]:
    """Trajectories and records of a chunk, where a variable has chunks of both."""
    if isinstance(chunks, list | tuple) and len(chunks) == 2:
        return int(chunks[0]), int(chunks[1])
    return 1 << 12, 1 << 4


def numbers_of(variable: Any, count: int) -> np.ndarray:
    """The variable `trajectory`, or 0 to `count` where there is none, or one of no whole numbers: int64."""
    if variable is None or variable.dtype.kind not in "iu" or variable.shape != (count,):
        return np.arange(count)
    called: np.ndarray = np.asarray(variable[...]).astype(np.int64)
    return called


def minute(time: int, calendar: bool) -> str:
    """A time to the minute, to the second where it has some: 2020-05-01 06:00 UTC."""
    text = format_time(int(time), calendar)
    if not calendar:
        return text
    return f"{text[:16].replace('T', ' ')}{text[16:19] if text[16:19] != ':00' else ''} UTC"


def ends_of(ids: np.ndarray, most: int = 150) -> np.ndarray:
    """The first and the last of `ids`, which lie in few blocks of a file."""
    return ids if len(ids) <= 2 * most else np.concatenate([ids[:most], ids[-most:]])


def sample(ids: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of `ids`, sorted, the same ones each time; by lot, as releases follow a pattern in the
    numbers."""
    if len(ids) <= most:
        return ids
    return np.sort(np.random.default_rng(0).choice(ids, most, replace=False))

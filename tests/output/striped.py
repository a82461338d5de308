"""A run whose rows are kept by several owners, in one process; and the same one by a single writer."""

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from fvdrift.mesh.coordinates import TrackCoordinates
from fvdrift.output.chunks import chunk_shape
from fvdrift.output.conventions import OutputVariable
from fvdrift.output.earlier_rows import EarlierRows
from fvdrift.output.file_writer import FileWriter
from fvdrift.output.split_commit import commit_tracks, run_id
from fvdrift.output.stripe_owner import StripeOwner
from fvdrift.output.stripes import Stripes
from fvdrift.output.tracks import Before, TrackWriter
from fvdrift.output.tracks_request import TracksRequest

VARIABLES = (OutputVariable("temp", "degC", "temperature"), OutputVariable("habitat", "1", "where"))
PROJECTED = TrackCoordinates(False, lambda x, y: (x / 10, y / 5))


@dataclass(frozen=True)
class Hourly:
    """Releases: every third particle is of the second, one an hour."""

    names: tuple[str, ...] = ("Río", "sea")

    def release_of(self, ids):
        return (ids % 3 == 1).astype(np.int32)

    def born_of(self, ids):
        return ids * 3_600_000_000


def request_of(path, count=700, rows=40, coordinates=PROJECTED, title="one", direction=1):
    return TracksRequest(
        path=path,
        trajectories=count,
        times_us=direction * (1_588_291_200 + 3600 * np.arange(rows)) * 1_000_000,
        coordinates=coordinates,
        releases=Hourly(),
        variables=VARIABLES,
        direction=direction,
        attributes={"title": title, "seed": "4"},
    )


def columns(row, ids):
    """Of some particles: noise that no other row or particle has, and gaps."""
    ids = np.arange(ids.start, ids.stop)
    noise = np.sin(1e4 * np.sin(ids * 12.9898 + row * 78.233))
    there = (ids + row) % 7 > 0
    values = {"x": ids + noise, "y": row - noise, "z": -row - noise, "sigma": -np.abs(noise)}
    values = {name: np.where(there, value, np.nan) for name, value in values.items()}
    values |= {"temp": (10 + noise).astype(np.float32), "habitat": noise.astype(np.float32)}
    return values | {"status": (ids % 6).astype(np.int8), "dry": there.astype(np.int8)}


def stripes_of(request, chunks, per_file=10**6):
    """Stripes so many chunks wide."""
    rows = len(request.times_us)
    wide = chunk_shape(request.trajectories, rows)[0]
    return Stripes(request.trajectories, rows, chunks * wide, per_file)


def writer_of(request, before=None):
    return TrackWriter.of(request, before)


def write_whole(request, written=None, last=None, more=(), before=None):
    """By one writer; the bytes. last: time of the last row, where it is another than planned; more: names of
    attributes that come late."""
    rows = len(request.times_us) if written is None else written
    writer = writer_of(request, before)
    for row in range(0 if before is None else before.row_count, rows):
        if last is not None and row == rows - 1:
            writer.set_time(row, last)
        writer.write_row(row, columns(row, range(request.trajectories)))
    for name in more:
        writer.set_attribute(name, "told")
    writer.finish()
    writer.close()
    return request.path.read_bytes()


class Striped:
    """Owners, a number of them, of whose stripes nobody else writes the rows. In a `with`: all are closed."""

    def __init__(self, request, stripes, owners, before=None):
        self.request, self.stripes = request, stripes
        shares = [range(owner, len(stripes), owners) for owner in range(owners)]
        self.owners = []
        self.rows = 0 if before is None else before.row_count
        with ExitStack() as opened:
            for mine in shares:
                self.owners.append(StripeOwner(request, stripes, mine, before))
                opened.callback(self.owners[-1].close)
            self._closing = opened.pop_all()

    def owner(self, stripe):
        return self.owners[stripe % len(self.owners)]

    def write(self, until, last=None):
        for row in range(self.rows, until):
            for number, owner in enumerate(self.owners):
                mine = range(number, len(self.stripes), len(self.owners))
                if last is not None and row == until - 1:
                    owner.set_time(row, last)
                owner.write_row(row, {each: columns(row, self.stripes.ids(each)) for each in mine})
        self.rows = max(self.rows, until)

    def sync(self):
        return {stripe: sums for owner in self.owners for stripe, sums in owner.sync().items()}

    def settle(self):
        for owner in self.owners:
            owner.settle()

    def finish(self, last=None, more=(), commit=True):
        """All that is left to do once the rows are written; the writers of the files."""
        request, stripes, rows = self.request, self.stripes, self.rows
        told = dict.fromkeys(more, "told")
        if rows != stripes.rows:
            self.sync()
            for owner in self.owners:
                owner.repack(rows)
        files = self.files = [FileWriter(request, stripes, file, rows) for file in range(stripes.files)]
        for band in range(len(stripes.bands(rows))):
            for number, file in enumerate(files):
                if last is not None and band == 0:
                    file.set_time(rows - 1, last)
                for stripe in stripes.stripes_in(number):
                    file.put(stripe, band, self.owner(stripe).packed(stripe, band))
        several = stripes.files > 1
        self.run = run_id(request, stripes, [file.digest for file in files]) if several else ""
        for file in files:
            file.finish(told, self.run)
        if commit:
            self.commit(files, told)
        return files

    def commit(self, files, told=()):
        for file in files:
            file.commit()
        commit_tracks(self.request, self.stripes, self.rows, dict(told), self.run)
        for owner in self.owners:
            owner.remove()

    def abandon(self):
        for file in self.files:
            file.abandon()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._closing.close()


def write_striped(request, stripes, owners, written=None, last=None, more=(), before=None):
    """By owners of stripes, and a writer for each file; the bytes of NAME.nc."""
    with Striped(request, stripes, owners, before) as run:
        run.write(stripes.rows if written is None else written, last)
        run.finish(last, more)
    return request.path.read_bytes()


def kept(request, stripes=None, until=20, more_rows=2):
    """What a run leaves that is killed a while after a checkpoint: what another start goes on behind. stripes: None for
    a single writer."""
    if stripes is None:
        writer = writer_of(request)
        for row in range(until):
            writer.write_row(row, columns(row, range(request.trajectories)))
        sums = writer.sync()
        for row in range(until, until + more_rows):
            writer.write_row(row, columns(row, range(request.trajectories)))
        writer.close()
        return Before(EarlierRows(request.path), sums)
    with Striped(request, stripes, 2) as run:
        run.write(until)
        sums = run.sync()
        run.write(until + more_rows)
    return Before(EarlierRows(request.path, stripes), sums)


def finished(request, stripes=None):
    """What a run leaves that came to its end, and kept a checkpoint of it."""
    if stripes is None:
        writer = writer_of(request)
        for row in range(len(request.times_us)):
            writer.write_row(row, columns(row, range(request.trajectories)))
        sums = writer.sync()
        writer.finish()
        writer.close()
        return Before(EarlierRows(request.path), sums)
    with Striped(request, stripes, 2) as run:
        run.write(stripes.rows)
        sums = run.sync()
        run.finish()
    return Before(EarlierRows(request.path, stripes), sums)

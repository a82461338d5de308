"""The part files of stripes: made, gone on with, dealt anew from rows of another cut, and read by others. Not when
rows are written (that is `stripe_owner`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import deflate
import numpy as np

from fvdrift.tools.netcdf.classic_header import Attribute, Variable
from fvdrift.tools.new_file import remove

from .part_file import ROW_SUMS, PartFile, PartRows, same_layout
from .paths import new_part_path, part_path, part_paths
from .stripes import Stripes
from .tracks import Before
from .tracks_request import TracksRequest


class _Form(NamedTuple):
    """As a PartFile of a stripe takes it."""

    dimensions: dict[str, int]
    variables: list[Variable]
    attributes: Mapping[str, Attribute]


def _form(request: TracksRequest, stripes: Stripes, stripe: int) -> _Form:
    layout = request.layout(stripes.ids(stripe))
    sums = Variable(ROW_SUMS, "u4", ("obs", "column"), {"long_name": "CRC-32 of each column of a row"})
    dimensions = {**layout.dimensions, "column": len(layout.columns)}
    return _Form(dimensions, [*layout.variables, sums], layout.attributes)


class StripeParts:
    """Those of one owner, by stripe. Raises OutputError."""

    def __init__(self, request: TracksRequest, stripes: Stripes, mine: Sequence[int], before: Before | None):
        """As of `StripeOwner`."""
        self._request, self._stripes = request, stripes
        self._dealt = 0 if before is None else before.row_count
        self.files: dict[int, PartFile] = {}
        try:
            for stripe in mine:
                self.files[stripe] = self._file_of(stripe, before)
        except BaseException:
            for stripe, file in self.files.items():
                if before is None or file.path != part_path(request.path, stripe):
                    file.remove()
                file.close()
            raise
        if before is None:
            self._remove_others(new_too=True)
        else:
            before.rows.close()

    def settle(self) -> None:
        """As `StripeOwner.settle` says."""
        for stripe, file in self.files.items():
            if file.path != (path := part_path(self._request.path, stripe)):
                file.rename(path)
        self._remove_others()

    def close(self) -> None:
        """Leave them as they are, but those dealt anew that hold no more than the rows before."""
        for stripe, file in self.files.items():
            if file.path != part_path(self._request.path, stripe) and file.rows_written == self._dealt:
                file.remove()
            file.close()

    def remove(self) -> None:
        """Delete them, and those of the cut before that they never took the names of."""
        for stripe, file in self.files.items():
            unsettled = file.path != (path := part_path(self._request.path, stripe))
            file.remove()
            if unsettled:
                remove(path)
        self._remove_others()

    def _remove_others(self, new_too: bool = False) -> None:
        """What other cuts have left: the owner of the first stripe does it. new_too: nobody has dealt rows anew."""
        if 0 in self.files:
            mine = {part_path(self._request.path, stripe) for stripe in range(len(self._stripes))}
            mine |= set() if new_too else {new_part_path(path) for path in mine}
            for path in part_paths(self._request.path):
                if path not in mine:
                    remove(path)

    def _file_of(self, stripe: int, before: Before | None) -> PartFile:
        path, ids = part_path(self._request.path, stripe), self._stripes.ids(stripe)
        form = _form(self._request, self._stripes, stripe)
        if before is not None and before.rows.lies_in(path) == ids and same_layout(path, *form):
            return self._with_fixed(PartFile(path, *form, before.sums_of(stripe)), stripe)
        part = self._with_fixed(PartFile(path if before is None else new_part_path(path), *form), stripe)
        if before is not None:
            try:
                self._deal(part, ids, before)
            except BaseException:
                part.remove()
                raise
        return part

    def _deal(self, part: PartFile, ids: range, before: Before) -> None:
        layout = self._request.layout(ids)
        rows = before.rows.rows(layout.column_names, before.row_count, before.sums, ids)
        for row, found in enumerate(rows):
            part.write_row(row, {name: layout.widened(values) for name, values in found.items()})

    def _with_fixed(self, part: PartFile, stripe: int) -> PartFile:
        for name, values in self._request.layout(self._stripes.ids(stripe)).fixed_values().items():
            part.write(name, values)
        return part


class AcrossStripes:
    """Rows of any stripes, of this owner and of others, for one band after another. Every row is read whole and held
    against its sums. Raises OutputError."""

    def __init__(self, request: TracksRequest, stripes: Stripes, own: Mapping[int, PartFile]):
        self._request, self._stripes, self._own = request, stripes, own
        self._others: dict[int, PartRows] = {}

    def open(self, ids: range) -> None:
        """Make ready to read these."""
        for stripe in self._in(ids):
            if stripe not in self._own and stripe not in self._others:
                self._others[stripe] = self._open(stripe)

    def block(self, column: int, name: str, rows: slice, ids: range) -> np.ndarray:
        """(row, id), most significant byte first. column: number of `name` in a row. Any thread may."""
        blocks = [self._checked(stripe, column, name, rows) for stripe in self._in(ids)]
        start = ids.start - self._stripes.ids(self._in(ids)[0]).start
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        return whole[:, start : start + len(ids)]

    def close(self) -> None:
        """Let go of the files of others."""
        while self._others:
            self._others.popitem()[1].close()

    def _in(self, ids: range) -> range:
        first, last = self._stripes.of(np.array([ids.start, ids.stop - 1]))
        return range(int(first), int(last) + 1)

    def _checked(self, stripe: int, column: int, name: str, rows: slice) -> np.ndarray:
        part = self._own.get(stripe) or self._others[stripe]
        block = part.read(name, rows, slice(0, part.trajectories))
        part.check(name, column, rows.start, [deflate.crc32(row.view(np.uint8)) for row in block])
        return block

    def _open(self, stripe: int) -> PartRows:
        path, form = part_path(self._request.path, stripe), _form(self._request, self._stripes, stripe)
        new = new_part_path(path)
        return PartRows(new if same_layout(new, *form) else path, *form)

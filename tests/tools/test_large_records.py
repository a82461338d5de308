"""Records that are many grow, shrink and change their order in their own memory, as few do in a new one."""

import numpy as np
import pytest

from fvdrift.tools import particle_arrays
from fvdrift.tools.particle_arrays import PARTICLE, grown, in_order, together, without
from fvdrift_kernels.state import with_columns


@pytest.mark.parametrize("columns", [(), ("weight", "length")])
@pytest.mark.parametrize("large", [0, 1 << 40])
def test_records_keep_all_their_fields(monkeypatch, columns, large):
    monkeypatch.setattr(particle_arrays, "LARGE", large)
    monkeypatch.setattr(particle_arrays, "PORTION", 7)
    chance, kind = np.random.default_rng(1), with_columns(PARTICLE, columns)

    def some(count):
        return np.frombuffer(chance.integers(0, 100, count * kind.itemsize, np.uint8).tobytes(), kind).copy()

    first, more = some(50), some(30)
    both = np.concatenate([first, more])
    records = grown(together([first[:20].copy(), first[20:].copy()]), more)
    assert records.flags.owndata
    assert records.tobytes() == both.tobytes()
    order = chance.permutation(len(both))
    assert in_order(records.copy(), order).tobytes() == both[order].tobytes()
    gone = chance.choice(len(both), 33, replace=False)
    assert without(records.copy(), gone).tobytes() == np.delete(both, gone).tobytes()
    assert without(records, np.empty(0, np.int64)) is records

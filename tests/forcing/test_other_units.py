"""What says that it is in another unit than FVCOM's is refused; what says nothing that is understood is
not."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.other_units import other_unit
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import NODES, small_file


@pytest.mark.parametrize(
    ("name", "units"),
    [
        *((("u", units)) for units in ("cm/s", "cm s-1", "centimeter second-1", "knots", "0.01 m/s", "km h^-1")),
        *((("zeta", units)) for units in ("cm", "mm", "feet", "Centimetres")),
        ("u", "metres per hour"), ("h", "fathoms"), ("x", "km"), ("kh", "cm2/s"), ("viscofh", "cm^2 s-1"),
        ("uwind_speed", "kt"), ("lon", "radians"),
        ("temp", "K"), ("temp", "kelvin"), ("omega", "mm s-1"),
    ],
)  # fmt: skip
def test_other_units(name: str, units: str) -> None:
    assert other_unit(name, units).startswith(f'is in "{units}", and only ')


@pytest.mark.parametrize(
    ("name", "units"),
    [
        *((("u", units)) for units in ("m/s", "meters s-1", "m s^-1", "m.s-1", "metre second-1", "m per second", "", "1", "s-1")),
        ("omega", "s-1"), ("zeta", "meters"), ("h", "m"), ("x", "degrees_east"), ("kh", "m 2 s-1"), ("temp", "degrees_C"),
        ("temp", "Celsius"), ("salinity", "1e-3"), ("lon", "degrees_east"), ("dye", "cm"),
    ],
)  # fmt: skip
def test_units_of_fvcom_and_such_as_say_nothing(name: str, units: str) -> None:
    assert other_unit(name, units) == ""


def test_they_are_refused_where_they_are_used(tmp_path: Path) -> None:
    for name in ("u", "zeta", "h", "y"):
        file = small_file().set(name, small_file().values(name), units="cm/s" if name == "u" else "cm")
        with pytest.raises(
            ForcingError, match=rf'{name}\.nc: {name}: is in "cm.*mend the attribute: ncatted -a units,{name}'
        ):
            open_series([file.write(tmp_path / f"{name}.nc")])
    later = small_file((3, 4)).set("temp", np.full((2, NODES), 10, "f4"), ("time", "node"), units="K")
    first = small_file().set("temp", np.full((3, NODES), 10, "f4"), ("time", "node"), units="degrees_C")
    with open_series([first.write(tmp_path / "a.nc"), later.write(tmp_path / "b.nc")]) as series:
        assert np.all(series.read(2, ["temp"])["temp"] == 10)
        with pytest.raises(ForcingError, match=r'b\.nc: temp: is in "K", and only degrees_C can be read'):
            series.read(3, ["temp"])

"""Stokes' law against numbers worked out by hand, its sign, and where it is refused."""

import re

import pytest

from fvdrift.settings.stokes_law import ferguson_church_speed, grain_speed, reynolds_number, stokes_speed

SEA_WATER = 1025.0, 0.00122  # kg/m3, Pa s: 15 degC


def test_a_silt_grain_by_hand():
    # 0.05 mm of quartz: 1625 kg/m3 * 9.81 m/s2 * (5e-5 m)2 = 3.98531e-5; / (18 * 0.00122 Pa s = 0.02196) =
    # 1.81481e-3 m/s
    speed = grain_speed(5e-5, 2650.0, *SEA_WATER)
    assert speed == pytest.approx(1.81481e-3, rel=1e-5)
    # 1.81481e-3 m/s * 5e-5 m * 1025 kg/m3 / 0.00122 Pa s
    assert reynolds_number(speed, 5e-5, *SEA_WATER) == pytest.approx(0.076237, rel=1e-4)


def test_what_is_denser_than_water_sinks_and_what_is_lighter_rises():
    sinking, rising = grain_speed(1e-4, 1075.0, *SEA_WATER), grain_speed(1e-4, 975.0, *SEA_WATER)
    assert sinking > 0
    assert rising == -sinking  # 50 kg/m3 either way
    assert grain_speed(1e-4, 1025.0, *SEA_WATER) == 0
    assert ferguson_church_speed(1e-4, 975.0, *SEA_WATER) == -ferguson_church_speed(1e-4, 1075.0, *SEA_WATER)


def test_speed_goes_with_the_square_of_the_diameter_where_the_law_holds():
    assert stokes_speed(6e-5, 2650.0, *SEA_WATER) == pytest.approx(4 * stokes_speed(3e-5, 2650.0, *SEA_WATER))


def test_ferguson_and_church_end_in_stokes_law_and_in_a_constant_drag():
    tiny = 2e-6, 2650.0, *SEA_WATER
    assert ferguson_church_speed(*tiny) == pytest.approx(stokes_speed(*tiny), rel=1e-3)
    # sqrt(R g d / 0.75) for a cobble of 0.1 m: sqrt(1625 / 1025 * 9.81 * 0.1 / 0.75)
    assert ferguson_church_speed(0.1, 2650.0, *SEA_WATER) == pytest.approx(1.44002, rel=3e-3)


@pytest.mark.parametrize(
    ("diameter", "density", "figures"),
    [
        # 0.2 mm: Stokes 0.029037 m/s, Re = 0.029037 * 2e-4 * 1025 / 0.00122 = 4.879; R = 1.585366, R g d2 =
        # 6.22098e-7, 18 nu = 2.14244e-5, sqrt(0.75 R g d3) = 9.65995e-6: 6.22098e-7 / 3.10843e-5 = 0.020013
        # m/s
        (2e-4, 2650.0, ("a grain of 0.2 mm", "Reynolds number 4.88", "20 mm/s by Ferguson & Church (2004)")),
        # 1 mm of plastic, lighter by 125 kg/m3: Re = 125 * 9.81e-6 / 0.02196 * 1e-3 * 1025 / 0.00122 = 46.92;
        # -R = 0.121951, 1.19634e-6 / (2.14244e-5 + sqrt(0.75 * 1.19634e-9) = 2.99542e-5) = 0.023285 m/s
        (1e-3, 900.0, ("a grain of 1 mm", "Reynolds number 46.9", "-23.3 mm/s by Ferguson & Church (2004)")),
    ],
)
def test_a_grain_beyond_the_law_is_refused_with_the_speed_to_give_instead(diameter, density, figures):
    with pytest.raises(ValueError, match="Stokes' law holds below about 1") as error:
        grain_speed(diameter, density, *SEA_WATER)
    for figure in figures:
        assert re.search(rf"(?<![\w.-]){re.escape(figure)}", str(error.value)), error.value


def test_the_refusal_begins_at_a_reynolds_number_of_one():
    # Re = 1625 * 9.81 * d3 * 1025 / (18 * 0.00122**2) = 6.09886e11 d3, 1 at d = 0.11792 mm
    assert grain_speed(1.179e-4, 2650.0, *SEA_WATER) > 0
    with pytest.raises(ValueError, match="the Reynolds number 1, "):
        grain_speed(1.180e-4, 2650.0, *SEA_WATER)

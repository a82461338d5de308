"""Global attributes after ACDD: the box, the times, how long they last."""

import numpy as np
import pytest

from fvdrift.output import place_of, time_of


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "PT0S"), (3_600_000_000, "PT1H"), (5_400_000_000, "PT1H30M"), (90_500_000, "PT1M30.5S"), (259_200_000_000, "PT72H"),
     (200_000, "PT0.2S")],
)  # fmt: skip
def test_a_duration_is_as_iso_has_it(microseconds, text):
    assert (
        time_of("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", microseconds)["time_coverage_resolution"]
        == text
    )


def test_a_backward_run_covers_from_its_end_to_its_start():
    found = time_of("2020-01-02T00:00:00Z", "2020-01-01T12:00:00.5Z", 3_600_000_000)
    assert found == {
        "time_coverage_start": "2020-01-01T12:00:00.5Z",
        "time_coverage_end": "2020-01-02T00:00:00Z",
        "time_coverage_duration": "PT11H59M59.5S",
        "time_coverage_resolution": "PT1H",
    }


def test_the_box_round_places():
    found = place_of(np.array([-3.1234567, 0.0, 2.5]), np.array([50.0, 51.0, 49.25]))
    assert found == {
        "geospatial_lon_min": -3.123457, "geospatial_lon_max": 2.5, "geospatial_lon_units": "degrees_east",
        "geospatial_lat_min": 49.25, "geospatial_lat_max": 51.0, "geospatial_lat_units": "degrees_north",
    }  # fmt: skip

"""The page of results tells what was found, what failed, and what was not run."""

from .page import Case, page

CASES = [
    Case("test_tides.py", "Tides.", "test_an_excursion[rk4]", "\nexcursion 3 m (3)\n|x| 0 (0)\n", "passed"),
    Case("test_tides.py", "Tides.", "test_silent", "", "passed"),
    Case("test_sphere.py", "The sphere.", "test_broken", "", "failed"),
]


def test_each_case_has_a_row_with_what_it_printed():
    lines = page(CASES, ["test_tides.py", "test_sphere.py"], "us").splitlines()
    assert r"| an excursion [rk4] | excursion 3 m (3)<br>\|x\| 0 (0) | passed |" in lines
    assert "| broken |  | failed |" in lines
    assert "1 more cases that print no numbers: passed." in lines
    assert lines.index("## Tides") < lines.index("## Sphere")
    assert not any("left out" in line for line in lines)


def test_what_was_not_run_is_named():
    assert "`test_life.py` were left out" in page(
        CASES, ["test_tides.py", "test_sphere.py", "test_life.py"], "us"
    )

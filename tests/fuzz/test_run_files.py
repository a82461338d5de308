"""Whatever a run file holds, it is a run or it is refused in words: no other exception, no crash."""

import datetime
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fvdrift.errors import RunFileError
from fvdrift.settings import resolved_keys
from fvdrift.settings.load import load_run_file, run_file_from, tables

from .budget import cases

MINIMAL = """
[forcing]
files = "flow.nc"
[[release]]
point = [1, 2]
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "run.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def assert_in_words(error):
    assert error.problems
    assert all(isinstance(problem, str) and problem for problem in error.problems)


def outcome(path, overrides=()):
    """A RunFile that can be described, or problems in words; anything else is a fault."""
    try:
        run = load_run_file(path, overrides)
    except RunFileError as error:
        assert_in_words(error)
    else:
        assert (
            run_file_from(json.loads(json.dumps(resolved_keys(run, whole=True))), path, resolved=True) == run
        )


@cases(200)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_run_file_or_refused(write, content):
    outcome(write(content))


@cases(200)
@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_after_a_good_file_and_any_set_are_taken_or_refused(write, more, overrides):
    outcome(
        write((MINIMAL + more).encode(errors="replace")), [*overrides, *(f"time.step={o}" for o in overrides)]
    )


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**4000, max_value=10**4001)
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes(timezones=st.none() | st.just(datetime.timezone(datetime.timedelta(hours=14))))
    | st.dates()
    | st.times()
    | st.sampled_from(
        ["5m", "6h", "2020-05-01", "uniform", "surface", "rk4", "none", "a.nc", "1e999 s", "-1 h", "\0"]
    )
    | st.sampled_from(
        [
            "1 mm/s",
            "0.1 mm",
            "2650 kg/m3",
            "1 mPa s",
            "0.1 1/day",
            "3 %",
            "06:00",
            "a.py:f",
            "strand",
            "deposit",
        ]
    )
)
INNER = [
    "mean",
    "sd",
    "grain",
    "density",
    "water_density",
    "viscosity",
    "day",
    "night",
    "speed",
    "dawn",
    "dusk",
    "energy",
]
KEYS = st.sampled_from(
    [key for table in tables().values() for key in table.model_fields] + INNER + ["", "what"]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@cases(200)
@given(st.data())
def test_any_tree_is_a_run_file_or_refused(tmp_path, data):
    tree = tomllib.loads(MINIMAL)
    for name, table in tables().items():
        if data.draw(st.booleans()):
            keys = st.sampled_from(list(table.model_fields)) | KEYS
            drawn = data.draw(st.dictionaries(keys, TREES, max_size=3) | TREES)
            if name == "":
                tree.update(drawn if isinstance(drawn, dict) else {})
            elif name == "release" and isinstance(drawn, dict):
                tree["release"] = [{"point": [1, 2], **drawn}]
            else:
                tree[name] = drawn
    path = tmp_path / "run.toml"
    try:
        run = run_file_from(tree, path)
    except RunFileError as error:
        assert_in_words(error)
    else:
        assert run_file_from(resolved_keys(run, whole=True), path, resolved=True) == run

"""What makes a checkpoint belong to a run: differences are found wherever they are, files are told apart by
their bytes."""

from pathlib import Path

import pytest

from fvdrift.engine.checkpoint.identity import differences, shown, written_settings
from fvdrift.forcing import fingerprint as prints


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", 1, 2)]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, [("a.1.b", 2, 3)]),
        ({"a": [1]}, {"a": [1, 2]}, [("a", [1], [1, 2])]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": {"b": 1}}, [("a", None, {"b": 1})]),
    ],
)
def test_differences(then: dict, now: dict, found: list) -> None:
    assert list(differences(then, now)) == found


def test_a_long_value_is_not_told_whole() -> None:
    assert len(shown(list(range(1000)))) < 80
    assert shown(None) == "not given"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "1", '{"time": 3}'])
def test_tracks_that_do_not_say_what_they_are_of_are_of_another_run(text: str) -> None:
    assert written_settings(text) == {}


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_every_byte_of_a_small_file_counts(size: int, tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(bytes(size))
    before = prints.fingerprint_of(path)
    path.write_bytes(bytes(size) + b"\0")
    assert prints.fingerprint_of(path) != before
    if size:
        path.write_bytes(bytes(size // 2) + b"\1" + bytes(size - size // 2 - 1))
        assert prints.fingerprint_of(path) != before


def test_of_a_large_file_blocks_all_over_it_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "_WHOLE", 1000)
    path, size = tmp_path / "large", 1_000_000
    path.write_bytes(bytes(size))
    before = prints.fingerprint_of(path)
    for at in (0, 500, size - 1, size - 3000):
        data = bytearray(size)
        data[at] = 1
        path.write_bytes(data)
        assert prints.fingerprint_of(path) != before, at
    path.write_bytes(bytes(size - 1))
    assert prints.fingerprint_of(path) != before

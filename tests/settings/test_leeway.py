"""Classes of drifting objects and lines of one's own, as run files write them."""

import csv
from pathlib import Path

import pytest

from fvdrift.errors import RunFileError
from fvdrift.settings import Component, object_classes
from fvdrift.settings.leeway import JIBING, Leeway, format_leeway, leeway_of

from .test_behaviour import behaviour

PAGE = Path(__file__).parents[2] / "docs" / "leeway.md"
OWN = {
    "downwind": {"slope": "1 %", "offset": "2 cm/s", "sd": "3 cm/s"},
    "right": {"slope": 0.005, "offset": -0.01},
}


def test_a_class_gives_its_lines_in_si_units():
    """Allen and Plourde's person in water; and a raft whose sides are not alike."""
    person = behaviour('leeway = "PIW-1"').leeway
    assert person == Leeway(
        Component(0.0096, 0.0, 0.12), Component(0.0054, 0.0, 0.094), Component(-0.0054, 0.0, 0.094), "PIW-1"
    )
    assert (person.jibing, person.side) == (0.04 / 3600, "both")
    raft = behaviour('leeway = { class = "life-raft-db-10", jibing = "0 1/h", side = "left" }').leeway
    assert raft.left == Component(-0.0045, -0.002, 0.036)
    assert (raft.name, raft.jibing, raft.side) == ("LIFE-RAFT-DB-10", 0.0, "left")


def test_lines_of_ones_own_are_mirrored_where_one_side_is_given():
    found = leeway_of(OWN)
    assert found.downwind == Component(0.01, 0.02, 0.03)
    assert (found.right, found.left) == (Component(0.005, -0.01, 0.0), Component(-0.005, 0.01, 0.0))
    assert leeway_of({**OWN, "left": {"slope": 0.001}}).left == Component(0.001)


@pytest.mark.parametrize(
    "written",
    [
        "PIW-3",
        {"class": "SKIFF-2", "jibing": "0.1 1/h", "side": "right"},
        {**OWN, "jibing": 0, "side": "left"},
    ],
)
def test_what_is_written_reads_back_the_same(written):
    found = leeway_of(written)
    assert leeway_of(format_leeway(found)) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"PIW1"', '"PIW1" is no class of drifting objects: did you mean PIW-1 or'),
        ('"yacht"', '"yacht" is no class of drifting objects: such as PIW-1 (docs/leeway.md has all)'),
        ('{ class = "SKIF-1" }', "behaviour.leeway.class: \"SKIF-1\" is no class of drifting objects: did you mean SKIFF-1"),
        ("1", '1 must be a class of drifting objects, such as "PIW-1", or a table'),
        ("{ jibing = 0 }", "needs class, or downwind and right"),
        ('{ class = "PIW-1", right = { slope = 0 } }', "class and right are both given: keep one of them"),
        ("{ downwind = { slope = 0.01 } }", "behaviour.leeway.right: is missing"),
        ("{ downwind = { slope = 0.96 }, right = { slope = 0 } }", "behaviour.leeway.downwind.slope: 0.96 is not a share"),
        ("{ downwind = { offset = 0 }, right = { slope = 0 } }", "behaviour.leeway.downwind.slope: is missing"),
        ('{ downwind = { slope = 0, sd = "12 m/s" }, right = { slope = 0 } }', "downwind.sd: \"12 m/s\" is not a speed from 0"),
        ('{ class = "PIW-1", side = "lee" }', 'behaviour.leeway.side: "lee" must be "both", "right" or "left"'),
        ('{ class = "PIW-1", jibing = 0.04 }', "behaviour.leeway.jibing: 0.04 is more than one jibe a minute"),
        ('{ class = "PIW-1", jibing = "4 %" }', "behaviour.leeway.jibing"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_key(text, sentence):
    with pytest.raises(RunFileError) as refused:
        behaviour(f"leeway = {text}")
    assert sentence in str(refused.value)


def test_the_page_lists_every_class_with_its_numbers():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()]
    listed = {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`") and len(row) == 5}
    assert list(listed) == list(object_classes())
    for name, found in object_classes().items():
        assert listed[name][0] == found.text
        for cell, line in zip(listed[name][1:], found.lines, strict=True):
            slope, offset, sd = map(float, next(csv.reader([cell])))
            assert (slope / 100, offset / 100, sd / 100) == pytest.approx(line, abs=1e-12)
    assert pytest.approx(0.04) == JIBING * 3600

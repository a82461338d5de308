"""Errors say whom they are about, once."""

import pytest

from fvdrift.errors import FvdriftError, OutputError, RunFileError, blamed, during
from fvdrift.process.failure import unexpected


def named(error: Exception, *names: str) -> Exception:
    """The error as it leaves these, the innermost first."""

    def fail(names: tuple[str, ...]) -> None:
        if not names:
            raise error
        with blamed(names[-1]):
            fail(names[:-1])

    with pytest.raises(type(error)) as caught:
        fail(names)
    return caught.value


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("no room", "member 02: no room"),
        ("run.toml, member 02: time.step: too long", "run.toml, member 02: time.step: too long"),
        ("out/a.member-02.nc: the disk is full", "out/a.member-02.nc: the disk is full"),
    ],
)
def test_a_member_is_named_once(given: str, said: str) -> None:
    assert str(named(OutputError(given), "member 02")) == said
    assert str(named(OutputError(given), "member 02", "member 01")) == said


def test_every_problem_of_a_run_file_is_named() -> None:
    error = named(RunFileError(["one", "two"]), "member 7")
    assert error.problems == ["member 7: one", "member 7: two"]
    assert str(error) == "member 7: one\nmember 7: two"


def test_where_there_is_one_run_nobody_is_named() -> None:
    assert str(named(FvdriftError("no room"), "")) == "no room"
    assert unexpected(named(ValueError("lost"), ""), 3).startswith(
        "fvdrift: unexpected error on rank 3: ValueError: lost"
    )


def test_what_nothing_explains_says_where_and_whose_it_was() -> None:
    def fail() -> None:
        with blamed("member 02"), during("moving particles"):
            raise ValueError("lost")

    with pytest.raises(ValueError, match="lost") as caught:
        fail()
    said = "fvdrift: unexpected error on rank 3 while moving particles of member 02: ValueError: lost"
    assert unexpected(caught.value, 3).startswith(said)

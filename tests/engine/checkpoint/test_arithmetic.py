"""What the kernels compute has a name that only another computation changes."""

import pytest

from fvdrift.engine.checkpoint.arithmetic import hash_of

SOURCE = '''"""A kernel."""
import math
from .state import ACTIVE, DEAD

class Pair(NamedTuple):
    """Two."""
    first: int
    second: float

def f(x: float, *rest, n: int = 2) -> float:
    """Of x."""
    # doubled
    y: float = x * 2.0
    if n > ACTIVE:
        return f"{y!r:>{n}}", -1.5e-300j
    return (y + 0.1) ** n
'''


def test_it_is_the_same_in_every_version_of_python() -> None:
    assert hash_of({"a.py": SOURCE}) == "99374ae00f84e733"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    # doubled\n", ""), ("    # doubled\n", "\n\n    # twice\n"), ("Of x.", "Of y."), ('    """Of x."""\n', ""),
        ('"""A kernel."""\n', ""), ("x * 2.0", "(x\n        * 2.0)"), ("x * 2.0", "x*2.00"), ("x: float,", "x,"),
        ("first: int", "first: 'np.int64'"), (" -> float:", ":"), ("y: float =", "y: np.float64 ="), ('f"{y!r', "f'{y!r"),
        ("import math\nfrom .state import ACTIVE, DEAD", "from .state import (\n    DEAD,\n    ACTIVE,\n)\nimport math"),
    ],
)  # fmt: skip
def test_how_it_looks_does_not_count(old: str, new: str) -> None:
    assert old in SOURCE
    changed = SOURCE.replace(old, new)
    if new == "f'{y!r":
        changed = changed.replace('}}"', "}}'")
    assert hash_of({"a.py": changed}) == hash_of({"a.py": SOURCE})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.0", "2"), ("2.0", "2.0000000000000004"), ("x * 2.0", "2.0 * x"), ("(y + 0.1) ** n", "y + 0.1 ** n"),
        ("n > A", "n >= A"), ("n: int = 2", "n: int = True"), ("ACTIVE, DEAD", "ACTIVE, GONE"),
        ("import ACTIVE", "import DEAD as ACTIVE"),
        (".state", ".life"), ("first: int\n    second: float", "second: float\n    first: int"), ("-1.5e-300j", "1.5e-300j"),
        ("!r", "!s"), ("*rest", "rest"), ("first", "one"),
    ],
)  # fmt: skip
def test_what_it_computes_counts(old: str, new: str) -> None:
    assert old in SOURCE
    assert hash_of({"a.py": SOURCE.replace(old, new)}) != hash_of({"a.py": SOURCE})


def test_names_of_files_count() -> None:
    assert (
        len({hash_of({"a.py": SOURCE}), hash_of({"b.py": SOURCE}), hash_of({"a.py": SOURCE, "b.py": ""})})
        == 3
    )

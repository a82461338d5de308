"""Opens and reads damaged copies of a small FVCOM file, one after the other, and says how each ended. A
program of its own.

Arguments: FORMAT FOLDER FIRST COUNT. Damage number n is the same bytes whenever it is asked for. One line for
each: its number, then "read", "refused" or what else was raised. It is a program because the NetCDF libraries
may bring a process down.
"""

import random
import resource
import sys
import traceback
import warnings
from pathlib import Path

from forcing.odd_files import small_file
from fvdrift.errors import FvdriftError
from fvdrift.forcing.fvcom.series import open_series

MOST_MEMORY = 3 << 30  # bytes of address space: the libraries of Python and NumPy take one
NAMES = ("u", "v", "zeta", "omega", "h", "wet")
HUGE = [0, 1, 2, 0x7F, 0x80, 0xFF]


def damaged(content: bytes, number: int) -> bytes:
    """Some bytes changed, most often where the header is: to others, to the ends of their range, to bytes
    from elsewhere."""
    chance = random.Random(number)
    out = bytearray(content)
    header = min(len(out), 2600)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        place = chance.randrange(header if chance.random() < 0.8 else len(out))
        kind = chance.randrange(5)
        if kind == 0:
            out[place] = chance.randrange(256)
        elif kind == 1:
            out[place] ^= 1 << chance.randrange(8)
        elif kind == 2:
            width = chance.choice([1, 2, 4, 8])
            out[place : place + width] = bytes([chance.choice(HUGE)]) * width
        elif kind == 3:
            width, other = chance.choice([4, 8, 16]), chance.randrange(len(out))
            out[place : place + width] = out[other : other + width]
        else:
            del out[place : place + chance.choice([1, 4, 100])]
    return bytes(out)


def outcome(path: Path) -> str:
    try:
        with open_series([path]) as series:
            for name in NAMES:
                if name in series.variables or name in ("h", "wet"):
                    series.read(0, [name])
        return "read"
    except FvdriftError as error:
        said = str(error)
        return "refused" if said and "\n" not in said else f"said badly: {said!r}"
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error!s:.200} ({Path(where.filename).name}:{where.lineno})".replace(
            "\n", " "
        )


def main() -> None:
    format, folder, first, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    warnings.simplefilter("ignore")
    content = small_file().write(folder / "whole.nc", format).read_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(first, first + count):
        path = folder / f"{number}.nc"
        path.write_bytes(damaged(content, number))
        print(number, end=" ", flush=True)
        print(outcome(path), flush=True)
        path.unlink()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Make the pictures of docs/plotting.md from the bundled run files. Needs fvdrift[plot]; runs what was not
run yet."""

import argparse
import sys
from pathlib import Path

from PIL import Image

from fvdrift.cli import main as fvdrift

ROOT = Path(__file__).resolve().parents[1]
CONFIGS, RESULTS, IMAGES = ROOT / "configs", ROOT / "results", ROOT / "docs" / "images"
LARGEST = 150_000  # bytes of a picture
DPI = "110"
# name: what is shown, options
PICTURES = {
    "tracks": ("quickstart.nc", ["--sample", "150"]),
    "status": ("larvae.nc", ["--at", "10h", "--color", "status"]),
    "flow": ("plastic.nc", ["--at", "8h", "--color", "settling_speed", "--flow", "--no-mesh"]),
    "density": ("quickstart.nc", ["--density", "--cell", "300m"]),
    "along": (
        "quickstart.nc",
        ["--along", "420500", "5545000", "444500", "5547500", "--at", "6h", "--color", "temp"],
    ),
    "pieces": ("quickstart.toml", ["--ranks", "6"]),
}


def main() -> int:
    """Write docs/images/NAME.png for the names given, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}; default: all")
    asked = parser.parse_args()
    unknown = set(asked.names) - PICTURES.keys()
    if unknown:
        parser.error(f"there is no picture {sorted(unknown)[0]}")
    IMAGES.mkdir(parents=True, exist_ok=True)
    RESULTS.mkdir(exist_ok=True)
    for name in asked.names or PICTURES:
        shown, options = PICTURES[name]
        path = IMAGES / f"{name}.png"
        code = fvdrift(["plot", str(_shown(shown)), "--quiet", "-o", str(path), "--dpi", DPI, *options])
        if code:
            return code
        slim(path)
    return 0


def slim(path: Path) -> None:
    """Store a picture in few bytes, by 256 colours; ends the program where they are still many."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
    few.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} kB")
    if size > LARGEST:
        sys.exit(f"{path} is larger than {LARGEST / 1000:.0f} kB")


def _shown(name: str) -> Path:
    """The file of that name, made by a run where it is one of tracks that is not there yet."""
    path = CONFIGS / name if name.endswith(".toml") else RESULTS / name
    if not path.exists():
        code = fvdrift(["run", str(CONFIGS / name.replace(".nc", ".toml")), "--quiet"])
        if code:
            sys.exit(code)
    return path


if __name__ == "__main__":
    sys.exit(main())

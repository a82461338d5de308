#!/usr/bin/env python3
"""Make the pictures of docs/plotting.md from the bundled run files. Needs fvdrift[plot], and for the page in a
browser fvdrift[extras] and Chromium; runs what was not run yet."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from fvdrift.cli import main as fvdrift
from headless import chromium, missing, open_page, settle

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
    "panels": ("larvae.nc", ["--panels", "6", "--color", "status"]),
    "matrix": ("connectivity.stats.nc", ["--statistic", "larvae"]),
    "panels_density": ("connectivity.stats.nc", ["--statistic", "density"]),
    "flushing": ("connectivity.stats.nc", ["--statistic", "flushing"]),
    "pieces": ("quickstart.toml", ["--ranks", "6"]),
    "page": ("quickstart.nc", []),
}
PAGE = "page"  # is looked at in a browser
CHOSEN, TIME = 170, 6 * 3600  # the particle there, and seconds from the first record


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
        if name == PAGE:
            _look(_shown(shown), options, path)
            continue
        code = fvdrift(["plot", str(_shown(shown)), "--quiet", "-o", str(path), "--dpi", DPI, *options])
        if code:
            return code
        slim(path)
    return 0


def _look(tracks: Path, options: list[str], path: Path) -> None:
    """A page in a browser, with a particle chosen."""
    if (why := missing()) is not None:
        sys.exit(why)
    with TemporaryDirectory() as folder:
        made = Path(folder, "page.html")
        if code := fvdrift(["plot", str(tracks), "--quiet", "-o", str(made), *options]):
            sys.exit(code)
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1000, "height": 640}, color_scheme="light")
            open_page(page, made)
            page.evaluate(f"fvdrift.seek({TIME})")
            page.locator("#number").fill(str(CHOSEN))
            page.locator("#number").press("Enter")
            page.locator("#title").click()
            settle(page)
            page.screenshot(path=path)
    slim(path)


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
        code = fvdrift(["run", str(CONFIGS / f"{name.partition('.')[0]}.toml"), "--quiet"])
        if code:
            sys.exit(code)
    return path


if __name__ == "__main__":
    sys.exit(main())

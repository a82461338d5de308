#!/usr/bin/env python3
"""How fast a page of `fvdrift plot -o NAME.html` opens and plays in a browser that draws by software."""

import argparse
import sys
import time
from pathlib import Path

import psutil

from headless import chromium, missing, open_page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, metavar="NAME.html")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to play (default 10)")
    asked = parser.parse_args()
    if (why := missing()) is not None:
        sys.exit(why)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 760})
        start = time.perf_counter()
        open_page(page, asked.page)
        opened = time.perf_counter() - start
        page.locator("#speed").select_option(index=0)
        page.locator("#play").click()
        page.wait_for_timeout(1000)
        frames, before, start = page.evaluate("fvdrift.frames()"), _cpu(), time.perf_counter()
        page.wait_for_timeout(1000 * asked.seconds)
        frames = page.evaluate("fvdrift.frames()") - frames
        wall, cpu = time.perf_counter() - start, _cpu() - before
        print(page.locator("header p").text_content())
    print(
        f"all is open after {opened:.1f} s; {frames / wall:.1f} frames/s, {1000 * cpu / frames:.0f} ms of all cores each"
    )
    print(f"load of this machine: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
    return 0


def _cpu() -> float:
    """Seconds that all processes of the browser have computed."""
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in times)


if __name__ == "__main__":
    sys.exit(main())

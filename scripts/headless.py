"""A headless Chromium that draws by software: for tests, pictures of the docs and benchmarks. Needs fvdrift[extras]
and Chromium itself (Debian: apt-get install chromium)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
# as root, and without a graphics card
OPTIONS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def missing() -> str | None:
    """What is not there, as a sentence."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is missing: pip install 'fvdrift[extras]'"
    if _path() is None:
        return "Chromium is missing: install it (Debian: apt-get install chromium)"
    return None


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of playwright, closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=_path(), args=OPTIONS)
        yield browser
        browser.close()


def open_page(page: Any, path: Path) -> None:
    """Open what `fvdrift plot -o NAME.html` wrote, and wait until all of it is there."""
    page.goto(path.absolute().as_uri())
    page.wait_for_function("window.fvdrift?.frames() > 0", timeout=120_000)
    page.evaluate("fvdrift.opened")


def settle(page: Any) -> None:
    """Wait until what was asked is drawn."""
    frame = "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))"
    page.evaluate(f"new Promise(done => {frame})")


def _path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)

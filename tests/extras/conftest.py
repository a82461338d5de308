"""A headless Chromium that draws by software, and pages that say what went wrong on them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# as root, and without a graphics card
OPTIONS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def browser() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: make test-extras")
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is missing: install it (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=path, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser) -> Iterator:
    """Opens a file in a new window; at the end nothing may have gone wrong in any."""
    said, asked, pages = [], [], []

    def open_file(path: Path, **options: object):
        page = browser.new_page(viewport=options.pop("viewport", {"width": 1000, "height": 700}), **options)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_function("window.fvdrift?.frames() > 0", timeout=60_000)
        page.evaluate("fvdrift.opened")
        pages.append(page)
        return page

    yield open_file
    for page in pages:
        page.close()
    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []

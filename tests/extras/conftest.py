"""A headless Chromium that draws by software, and pages that say what went wrong on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headless import chromium, missing, open_page


@pytest.fixture(scope="session")
def browser() -> Iterator:
    why = missing()
    if why is not None:
        pytest.skip(why)
    with chromium() as started:
        yield started


@pytest.fixture
def opened(browser) -> Iterator:
    """Opens a file in a new window; at the end nothing may have gone wrong in any."""
    said, asked, pages = [], [], []

    def open_file(path: Path, **options: object):
        page = browser.new_page(viewport=options.pop("viewport", {"width": 1000, "height": 700}), **options)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: asked.append(request.url))
        open_page(page, path)
        pages.append(page)
        return page

    yield open_file
    for page in pages:
        page.close()
    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []

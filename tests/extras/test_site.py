"""The documentation site: it builds without a warning, notebooks and all, and works from files alone."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.extras
ROOT = Path(__file__).parents[2]
NARROW = {"width": 390, "height": 800}


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [*build, str(ROOT / "docs"), str(folder / "html")],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stdout
    return folder / "html"


@pytest.fixture(scope="session")
def pages(site) -> dict[Path, "Page"]:
    return {path: Page(path) for path in site.rglob("*.html") if "static" not in path.name}


class Page(HTMLParser):
    """What a page loads, where its links lead, and what links may lead to in it."""

    def __init__(self, path: Path):
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names.add(given.get("id", ""))
        if "src" in given:
            self.loads.append(given["src"])
        if "href" in given:
            (self.loads if tag == "link" else self.links).append(given["href"])


def test_nothing_comes_from_the_network(site, pages):
    loads = {load for page in pages.values() for load in page.loads}
    assert [
        load for load in loads if urlsplit(load).scheme not in ("", "data") or load.startswith("//")
    ] == []
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert "url(http" not in text.replace('"', "").replace("'", ""), style
        assert "@import" not in text, style


def test_every_link_within_the_site_leads_to_something(pages):
    dead = []
    for path, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or link in ("#", ""):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].names:
                dead.append(f"{path.name}: no such place: {link}")
    assert dead == []


def test_every_page_of_docs_is_in_the_menu(site, pages):
    menu = pages[site / "index.html"].links
    wanted = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("notebooks/*.ipynb")]
    names = [path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in wanted]
    assert [name for name in names if name not in menu and name != "index.html"] == []


@pytest.mark.parametrize(("name", "least"), [("first_run", 3), ("outfall", 1)])
def test_a_notebook_shows_what_it_has_drawn(site, pages, name, least):
    page = pages[site / "notebooks" / f"{name}.html"]
    drawn = [load for load in page.loads if "_images/" in load]
    assert len(drawn) >= least
    assert any(link.endswith(f"{name}.ipynb") for link in page.links)
    said = (site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    assert "Traceback" not in said


def test_run_files_can_be_taken_from_the_gallery(site, pages):
    links = [link for link in pages[site / "gallery.html"].links if link.endswith(".toml")]
    assert len(links) == 5
    assert "[[release]]" in (site / links[0]).read_text(encoding="utf-8")


def test_the_reference_has_every_public_name(site):
    import fvdrift

    said = (site / "api.html").read_text(encoding="utf-8")
    assert [name for name in fvdrift.__all__ if f'id="fvdrift.{name}"' not in said] == []
    accessor = ("plot", "animate", "page", "density", "connectivity")
    assert [name for name in accessor if f'id="fvdrift.accessor.Drift.{name}"' not in said] == []


def test_every_command_is_there_with_its_options(site):
    from fvdrift.commands.command_line import COMMANDS

    said = (site / "commands.html").read_text(encoding="utf-8")
    assert [each.name for each in COMMANDS if f"<h2>fvdrift {each.name}<" not in said] == []
    assert "--trust-behaviour" in said


@pytest.fixture
def opened(browser):
    """Opens a page of the site; none may ask for anything but files."""
    asked, windows = [], []

    def open_page(path: Path, query: str = "", **options: object):
        window = browser.new_page(**options)
        window.on("request", lambda request: asked.append(request.url))
        window.goto(path.as_uri() + query)
        windows.append(window)
        return window

    yield open_page
    for window in windows:
        window.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_search_finds_from_files_alone(site, opened):
    window = opened(site / "search.html", "?q=stranding")
    # the list grows one entry at a time: its first ones may well be other pages
    window.get_by_text("Search finished").wait_for(timeout=60_000)
    found = window.eval_on_selector_all("ul.search li a", "all => all.map(one => one.getAttribute('href'))")
    assert any(link.startswith(("behaviour.html", "reference.html")) for link in found)


def test_no_page_is_wider_than_a_phone(site, pages, opened):
    window = opened(site / "index.html", viewport=NARROW)
    wide = []
    for path in pages:
        window.goto(path.as_uri())
        if window.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path.name)
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(site, opened, scheme):
    window = opened(site / "notebooks" / "first_run.html", color_scheme=scheme)
    window.wait_for_selector(".xr-obj-type")
    for words in ("article p", "article pre", ".xr-obj-type", ".xr-section-summary", "article td"):
        contrast = window.eval_on_selector(words, CONTRAST)
        assert contrast > 4.5, words


# as WCAG 2 defines it, of an element's words to the first ground behind them that is not clear
CONTRAST = """element => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
            .map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const clear = colour => /, 0\\)$/.test(colour);
    let behind = element;
    while (behind && clear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const ground = light(behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)");
    const words = light(getComputedStyle(element).color);
    return (Math.max(ground, words) + 0.05) / (Math.min(ground, words) + 0.05);
}"""

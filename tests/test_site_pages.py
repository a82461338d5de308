"""What the site changes in pages; tests/extras builds it."""

from pathlib import Path

import site_pages

DOCS = Path(__file__).parents[1] / "docs"


def test_the_menu_is_the_tables_of_the_index():
    menu = "".join(site_pages.toctrees(site_pages.shown("index", (DOCS / "index.md").read_text())))
    assert menu.count(":caption:") == 4
    wanted = [page.stem for page in DOCS.glob("*.md") if page.stem != "index"]
    assert [page for page in wanted if f"\n{page}\n" not in menu] == []
    assert "CHANGELOG <made/CHANGELOG>" in menu


def test_links_of_a_page_lead_on_from_another_folder():
    page = "[a](docs/tutorial.md#x) ![b](docs/images/a.png) [c](CHANGELOG.md) [d](LICENSE) [e](https://toml.io) [f](#g)"
    assert site_pages.from_made(page) == (
        "[a](../tutorial.md#x) ![b](../images/a.png) [c](CHANGELOG.md) [d](../../LICENSE) [e](https://toml.io) [f](#g)"
    )


def test_names_of_pages_become_their_titles():
    text = "As [python.md](python.md) and [this](howto.md#a) say; the [README](../README.md) too.\n\n[All pages](index.md)\n"
    assert (
        site_pages.shown("output", text)
        == "As [](python.md) and [this](howto.md#a) say; the [README](made/README.md) too.\n"
    )

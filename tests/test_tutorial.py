"""The tutorial does what it says, block by block; and the script that follows it would tell if it did not."""

import importlib.util
import re

import pytest

from follow_tutorial import TUTORIAL, Broken, alike, blocks, follow

GALLERY = TUTORIAL.with_name("gallery.md")

needs_plot = pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="no fvdrift[plot]")


@needs_plot
@pytest.mark.parametrize(
    ("page", "least"), [(TUTORIAL, 4), (GALLERY, 6)], ids=lambda it: getattr(it, "stem", "")
)
def test_a_page_runs_as_it_stands_and_prints_what_it_promises(page, least, tmp_path):
    place = follow(page, tmp_path)
    shown = set(re.findall(rf"images/{page.stem}_(\w+\.png)", page.read_text()))
    made = {path.name for path in place.glob("*.png")}
    assert len(shown) >= least
    assert shown <= made


@pytest.mark.parametrize("page", [TUTORIAL, GALLERY], ids=lambda page: page.stem)
def test_every_figure_of_a_page_is_kept(page):
    lines = [line for line in page.read_text().splitlines() if line.startswith("![")]
    missing = [line for line in lines if not (page.parent / line.split("](")[1].rstrip(")")).exists()]
    assert not missing


@pytest.mark.parametrize(
    ("promised", "line"),
    [
        ("2,000 particles ... 364 exited ...", "2,010 particles  50 %  360 exited  9.8 k left"),
        ("docks ... 0.2920 1,500", "  docks    0.5140  0.1940    0.2920      1,500"),
        ("time  2024-05-01", "time         2024-05-01"),
    ],
)
def test_words_are_alike_and_numbers_near(promised, line):
    assert alike(promised, line)


@pytest.mark.parametrize(
    ("promised", "line"),
    [
        ("2,000 particles", "2,100 particles"),
        ("13 frames", "12 frames"),
        ("2024-05-01 12:00", "2024-05-02 12:00"),
        ("0.2920 lost", "0.3920 lost"),
        ("the same", "not the same"),
    ],
)
def test_other_words_and_far_numbers_are_not(promised, line):
    assert not alike(promised, line)


def test_a_page_that_promises_what_is_not_printed_is_broken(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nmkdir a\ncd a\necho one\n```\n\n```sh\npwd\n```\n\n```text\n.../folder/a\n```\n\n```text\ntwo\n```\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    assert [block.kind for block in blocks(page)] == ["sh", "sh", "text", "text"]
    with pytest.raises(Broken, match=r"page.md: line 16: was not printed:\ntwo"):
        follow(page, folder)


def test_a_command_that_fails_breaks_its_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\necho no; exit 3\necho yes\n```\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(Broken, match=r"line 2: ends with 3:\n(.|\n)*no"):
        follow(page, folder)

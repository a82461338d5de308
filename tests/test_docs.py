"""All pages: links lead somewhere, and commands, options, keys, files and rooms that they name exist. Not what
they say of them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from fvdrift.cli import main
from fvdrift.commands.schema import reference_page
from fvdrift.settings.load import tables

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCES = ROOT / "src" / "fvdrift"
KERNELS = ROOT / "kernels" / "fvdrift_kernels"
# they speak of the sources as they are; CHANGELOG also of what was
OF_SOURCES = [page for page in PAGES if page.name not in ("CHANGELOG.md", "reference.md")]
OF_NO_SOURCES = {"random.py", "numpy.py"}  # a person's own, beside a run file
NOT_KEYS = {"py", "nc", "md", "json", "toml", "csv", "txt", "js"}  # `release.py` is a file

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def code(page: Path) -> list[str]:
    """Every line of code of a page, in blocks, indented, or within a sentence."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"^    (\S.*)$", prose(page), re.MULTILINE)
    return lines + re.findall(r"`([^`\n]+)`", prose(page))


def anchors(page: Path) -> set[str]:
    """What GitHub lets links point to in a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_leads_to_every_page():
    index = (ROOT / "docs/index.md").read_text()
    missing = [
        page.name
        for page in (ROOT / "docs").glob("*.md")
        if page.name != "index.md" and f"({page.name}" not in index
    ]
    assert not missing


@pytest.fixture
def options(capsys):
    """By command, and of jobscript by scheduler too: the options that --help names."""

    def of(*words: str) -> set[str]:
        with pytest.raises(SystemExit) as left:
            main([*words, "--help"])
        assert left.value.code == 0, f"fvdrift {' '.join(words)}"
        return set(re.findall(r"(?<![\w-])(--[a-z-]+|-[a-zA-Z])\b", capsys.readouterr().out))

    return of


@each_page
def test_commands_and_their_options_exist(page, options):
    for line in code(page):
        for call in re.findall(r"(?:^|\s)fvdrift((?: [^|;&#]+)+)", line):
            words = call.split()
            if not re.fullmatch("[a-z]+", words[0]):
                assert set(words) & {"--help", "--version", "COMMAND"} or not words[0].startswith("-"), line
                continue
            command = words[:2] if words[0] == "jobscript" and words[1:] and words[1].isalpha() else words[:1]
            given = {word.split("=")[0] for word in words[1:] if re.fullmatch(r"--?[a-z-]+(=.*)?", word)}
            assert given <= options(*command), line


@each_page
def test_keys_exist(page):
    names = "|".join(name for name in tables() if name)
    for line in code(page):
        for table, key in re.findall(rf"(?<![\w./-])({names})\.([a-z_]+)\b(?![(/])", line):
            assert key in tables()[table].model_fields or key in NOT_KEYS, line


@each_page
def test_run_files_in_pages_have_keys_that_exist(page):
    for block in re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        for name, content in tomllib.loads(block).items():
            for table in content if isinstance(content, list) else [content]:
                known = tables()[name].model_fields if isinstance(table, dict) else tables()[""].model_fields
                assert set(table if isinstance(table, dict) else [name]) <= set(known), f"{name} in {block}"


def spans(page: Path) -> list[str]:
    """What stands between backquotes in a page."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def files_of_the_house() -> set[str]:
    """All files and folders that pages may name, and every end of their paths, without the first slash."""
    found = set()
    for top in ("src", "kernels", "tests", "scripts", "configs", "docs"):
        for path in (ROOT / top, *(ROOT / top).rglob("*")):
            parts = path.relative_to(ROOT).parts
            found |= {"/".join(parts[n:]) for n in range(len(parts))}
    return found | {path.name for path in ROOT.glob("*.py")}


@pytest.mark.parametrize("page", OF_SOURCES, ids=lambda page: page.name)
def test_files_and_folders_of_the_sources_exist(page):
    there = files_of_the_house() | OF_NO_SOURCES
    named = [
        name
        for name in spans(page)
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*(\.py|/)|(src|kernels|tests|scripts)/[\w./-]+", name)
    ]
    assert [name for name in named if name.rstrip("/") not in there] == []


def defined_in(path: Path) -> dict[str, set[str]]:
    """By the stem of a module, and by each class in it: the names defined there."""
    tree = ast.parse(path.read_text())
    found = {path.stem: _names(tree)}
    return found | {node.name: _names(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _names(body: ast.Module | ast.ClassDef) -> set[str]:
    named = [n.name for n in body.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    given = [t for n in body.body if isinstance(n, ast.Assign) for t in n.targets]
    given += [n.target for n in body.body if isinstance(n, ast.AnnAssign)]
    return {*named, *(target.id for target in given if isinstance(target, ast.Name))}


@pytest.mark.parametrize("name", ["inside.md", "debugging.md", "numerics.md", "performance.md"])
def test_functions_that_pages_name_are_in_their_modules_and_classes(name):
    defined: dict[str, set[str]] = {}
    for path in (*SOURCES.rglob("*.py"), *KERNELS.glob("*.py")):
        for where, names in defined_in(path).items():
            defined[where] = defined.get(where, set()) | names
    keys = {table.split(".")[0] for table in tables()} | {"dataset"}  # what xarray opens is called so too
    missing, found = [], 0
    for span in spans(ROOT / "docs" / name):
        where, _, what = span.partition("(")[0].partition(".")
        if (
            where in defined
            and where not in keys
            and re.fullmatch(r"[A-Za-z_]\w*", what)
            and what not in NOT_KEYS
        ):
            found += 1
            missing += [span] if what not in defined[where] else []
    assert missing == []
    assert found


def test_readers_of_the_readme_are_sent_to_the_rooms_and_the_words():
    readme = ROOT / "README.md"
    assert len(readme.read_text().splitlines()) <= 150
    assert {"docs/inside.md", "docs/glossary.md", "docs/run_file.md"} <= set(
        re.findall(r"\]\(([^)#\s]+)", prose(readme))
    )
    inside = (ROOT / "docs/inside.md").read_text()
    assert "## Where new things go" in inside
    assert "(glossary.md)" in inside


def test_the_glossary_has_each_word_once_and_a_sentence_for_it():
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = [word for words, _ in rows if words != "word" for word in words.split(", ")]
    assert len(words) > 30
    assert sorted(words) == sorted(set(words))
    assert all(meaning.endswith(".") for word, meaning in rows if word != "word")


def rooms_of_the_page() -> list[str]:
    """The rooms of docs/inside.md, in its order."""
    section = (ROOT / "docs/inside.md").read_text().split("\n## The rooms\n")[1].split("\n## ")[0]
    return [name.replace("/", ".") for name in re.findall(r"^\| `([\w/]+)/` \|", section, re.MULTILINE)]


def room_of(module: str) -> str:
    """The innermost room of a module, without `fvdrift.`; "" for those that lie in none."""
    parts, rooms = module.split("."), rooms_of_the_page()
    ends = [".".join(parts[1 : n + 1]) for n in range(len(parts), 0, -1)]
    return next((end for end in ends if end in rooms), "")


def imported(path: Path) -> set[str]:
    """What a module of fvdrift imports of fvdrift, at any time."""
    package = ["fvdrift", *path.relative_to(SOURCES).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            found |= {".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return {name for name in found if name.split(".")[0] == "fvdrift"}


def test_the_table_of_rooms_has_every_room():
    rooms = [door.parent.relative_to(SOURCES).as_posix() for door in SOURCES.rglob("__init__.py")]
    assert sorted(rooms_of_the_page()) == sorted(room.replace("/", ".") for room in rooms if room != ".")


@pytest.mark.parametrize("room", rooms_of_the_page())
def test_every_room_says_at_its_door_what_it_is(room):
    door = SOURCES.joinpath(*room.split(".")) / "__init__.py"
    says = ast.get_docstring(ast.parse(door.read_text())) or ""
    assert len(says.split()) > 5
    assert says.endswith(".")


def test_rooms_import_from_those_above_them_in_the_table_only():
    rank = {room: n for n, room in enumerate(rooms_of_the_page())}
    back = []
    for path in SOURCES.rglob("*.py"):
        here = room_of(".".join(["fvdrift", *path.relative_to(SOURCES).parent.parts, path.stem]))
        for module in imported(path) if here else ():
            there = room_of(module)
            ways_in = module.split(".")[1] in ("accessor", "api", "cli")
            if ways_in or (there and rank[there] > rank[here]):
                back.append(f"{path.relative_to(SOURCES)} -> {module}")
    assert back == []


def test_the_reference_is_current():
    assert (ROOT / "docs/reference.md").read_text() == reference_page(), "make reference writes it anew"

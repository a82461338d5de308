"""The run files of `fvdrift new` that are ready to use: each is a file in a folder, and nothing else lists them. Not
those made from the declared keys (`new`)."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "templates"


def names() -> list[str]:
    """What can be asked for by name: the files of the folder."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def about(name: str) -> str:
    """What it is for: its first line."""
    return text(name).partition("\n")[0].removeprefix("#").strip()


def text(name: str) -> str:
    """The run file."""
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def beside(name: str) -> str | None:
    """The Python file of its behaviour, NAME.py, which lies beside the run file; None where it needs none."""
    path = FOLDER / f"{name}.py"
    return path.read_text(encoding="utf-8") if path.is_file() else None

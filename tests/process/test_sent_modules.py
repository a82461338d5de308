"""Modules that rank 0 sends: what the others load is what it has loaded, and no file is read for it."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fvdrift.errors import RunFileError
from fvdrift.process import AgreedError, sent_modules

NAME = "package_of_a_test"


class Ranks:
    """As a communicator: what rank 0 says is what the others hear."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def Ibarrier(self) -> "Ranks":
        return self

    def Test(self) -> bool:
        return True

    def bcast(self, value: Any) -> Any:
        if value is not None:
            self.said.append(value)
        return self.said[-1]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text("value = 'of rank 0'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    yield folder
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[name]


def sent() -> Ranks:
    """What rank 0 has loaded now."""
    ranks = Ranks()
    with sent_modules.noted() as modules:
        importlib.import_module(f"{NAME}.inner")
    sent_modules.send(ranks, modules, "0123")  # type: ignore[arg-type]
    forget()
    return ranks


def test_the_others_run_the_code_of_rank_0(package: Path) -> None:
    ranks = sent()
    (package / "inner.py").write_text("value = 'of a file that nobody read'\n")
    usual = list(sys.meta_path)
    with sent_modules.received(ranks) as kernels:  # type: ignore[arg-type]
        inner = importlib.import_module(f"{NAME}.inner")
    assert (inner.value, kernels) == ("of rank 0", "0123")
    assert (inner.__file__, sys.modules[NAME].__path__) == (str(package / "inner.py"), [str(package)])
    assert sys.meta_path == usual
    assert importlib.reload(inner).value == "of a file that nobody read"


def test_what_was_kept_of_another_source_is_not_sent(package: Path) -> None:
    sent()
    assert list((package / "__pycache__").glob("inner.*"))
    source = package / "inner.py"
    before = source.stat()
    source.write_text("value = 'as it is now'\n")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))  # only its size tells
    ranks = sent()
    with sent_modules.received(ranks):  # type: ignore[arg-type]
        assert importlib.import_module(f"{NAME}.inner").value == "as it is now"


def test_who_looks_elsewhere_for_modules_takes_its_own(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks = sent()
    (package / "inner.py").write_text("value = 'its own one'\n")
    importlib.invalidate_caches()
    monkeypatch.syspath_prepend("/nowhere")
    with sent_modules.received(ranks) as kernels:  # type: ignore[arg-type]
        assert importlib.import_module(f"{NAME}.inner").value == "its own one"
    assert kernels == ""


def test_all_leave_with_what_rank_0_refuses() -> None:
    ranks = Ranks()
    own = sent_modules.refuse(ranks, RunFileError("run.toml: no"))  # type: ignore[arg-type]
    with pytest.raises(AgreedError, match=r"run\.toml: no") as heard, sent_modules.received(ranks):  # type: ignore[arg-type]
        pass
    assert heard.value.exit_code == own.exit_code == 2

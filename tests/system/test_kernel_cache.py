"""Where compiled kernels are kept: never in a folder that another user could have written in, as they are run
as code."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fvdrift.process.kernel_cache import sources

from .workshop import clean_environment, needs_mpiexec, start

US, THEM, GROUP = 12345, 12346, 23456
NAME = f"fvdrift-{US}"
# Each line of its input has one process more: a copy, as of another user, who may not be able to read what is
# loaded here
SERVER = """
import ctypes, json, os, sys
from fvdrift.process import kernel_cache
from fvdrift_kernels.jit import entry_point
from kernel_of_a_test import doubled
entry_point(lambda x: x + 1)(1)  # loads what Numba needs to compile
for line in sys.stdin:
    user, group, folder, environment, then = json.loads(line)
    told, tell = os.pipe()
    if not os.fork():
        os.dup2(tell, 2)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        if user != os.getuid():
            os.setgroups([group]); os.setgid(group); os.setuid(user)
            ctypes.CDLL(None).prctl(4, 1)  # who changes users is hidden in /proc
        os.umask(0o022)
        kept = kernel_cache.set_up()
        exec(then)
        answer, at = doubled(21), doubled.stats.cache_path
        print(json.dumps([answer, kept and str(kept), at and os.path.realpath(at)]), flush=True)
        sys.exit()
    os.close(tell)
    os.wait()
    print(json.dumps(os.fdopen(told).read()), flush=True)
"""
KERNEL = "from fvdrift_kernels.jit import entry_point\n\n@entry_point\ndef doubled(x):\n    return 2 * x\n"
two_users = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")
Server = subprocess.Popen[str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with _reached_by_all() as folder:
        (folder / "kernel_of_a_test.py").write_text(KERNEL)
        environment = clean_environment(PYTHONPATH=str(folder))
        command = [sys.executable, "-c", SERVER]
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield process
            process.communicate(timeout=60)


@pytest.fixture
def shared() -> Iterator[Path]:
    with _reached_by_all() as made:
        (made / "tmp").mkdir()
        (made / "tmp").chmod(0o1777)
        yield made


@contextmanager
def _reached_by_all() -> Iterator[Path]:
    """A folder that every user reaches, as pytest's own are closed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def started(
    server: Server, shared: Path, user: int = US, *, then: str = "", **environment: str
) -> tuple[str | None, str, str]:
    """A process of a user: the folder that is to stay, that of a kernel, and what was said. then: done before
    that is called."""
    given = {"HOME": "/nowhere", "TMPDIR": str(shared / "tmp"), **environment}
    print(json.dumps([user, GROUP, str(shared), given, then]), file=server.stdin, flush=True)
    said = server.stdout.readline()
    assert said.startswith("["), json.loads(said)
    answer, folder, of_kernel = json.loads(said)
    assert answer == 42
    return folder, of_kernel or "", json.loads(server.stdout.readline())


def folder_of(path: Path, owner: int, mode: int, group: int = GROUP) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, owner, group)
    path.chmod(mode)
    return path


def poison(folder: Path, owner: int, marker: Path) -> None:
    """Let every index that lies in a folder leave a marker when it is loaded."""
    code = f"cposix\nsystem\n(Vtouch {marker}\ntR."
    for index in folder.rglob("*.nbi"):
        index.write_text(code)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, GROUP)


@two_users
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
@pytest.mark.parametrize("owner", [THEM, US])
def test_what_another_user_may_have_put_there_is_not_run(
    server: Server, shared: Path, owner: int, mode: int
) -> None:
    folder, of_kernel, said = started(server, shared)
    assert (folder, said) == (str(shared / "tmp" / NAME / sources()), "")
    assert list(Path(of_kernel).glob("*.nbi"))
    assert (shared / "tmp" / NAME).stat().st_mode & 0o777 == 0o700
    if (owner, mode) == (US, 0o700):
        assert started(server, shared)[0] == folder
        return
    poison(shared / "tmp" / NAME, owner, shared / "tmp" / "poisoned")
    (shared / "tmp" / NAME).chmod(mode)
    folder, of_kernel, said = started(server, shared)
    assert not (shared / "tmp" / "poisoned").exists()
    assert folder is None
    assert of_kernel
    assert not of_kernel.startswith(str(shared / "tmp" / NAME))
    why = "belongs to another user" if owner == THEM else "is open to others"
    instead = "compiled kernels are not kept: give FVDRIFT_CACHE_DIR, a folder of your own"
    assert said == f"fvdrift: warning: {shared}/tmp/{NAME} {why}: {instead}\n"
    assert [path.name for path in (shared / "tmp").iterdir()] == [NAME]  # what was used in its place is gone


@two_users
@pytest.mark.parametrize(
    ("owner", "mode", "why"),
    [
        (0, 0o1777, ""), (0, 0o775, ""), (0, 0o2775, ""), (US, 0o755, ""), (US, 0o2770, ""),
        (0, 0o777, "can be written by everyone"), (US, 0o777, "can be written by everyone"),
        (THEM, 0o1777, ""), (THEM, 0o2775, ""), (THEM, 0o777, "can be written by everyone"),
    ],
)  # fmt: skip
def test_whose_the_folders_above_may_be(
    server: Server, shared: Path, owner: int, mode: int, why: str
) -> None:
    given = folder_of(shared / "given", owner, mode)
    base = folder_of(given / "ours", US, 0o755) if mode & 1 else given
    name = ("FVDRIFT_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")[mode % 3]
    folder, _, said = started(server, shared, **{name: str(base)})
    assert folder == str((shared / "tmp" if why else base) / NAME / sources())
    assert said == (f"fvdrift: warning: {given} {why}: compiled kernels go to {folder}\n" if why else "")
    assert (base / NAME).exists() == (not why)


@two_users
def test_a_link_is_not_followed(server: Server, shared: Path) -> None:
    folder_of(shared / "elsewhere", US, 0o700)
    folder_of(shared / "tmp", 0, 0o1777)
    (shared / "tmp" / NAME).symlink_to(shared / "elsewhere")
    folder, _, said = started(server, shared)
    assert folder is None
    assert "is a link" in said
    assert not list((shared / "elsewhere").iterdir())


@two_users
def test_two_users_share_a_place_but_no_folder(server: Server, shared: Path) -> None:
    base = folder_of(shared / "project", 0, 0o2775)
    for user in (US, THEM, US):
        folder, of_kernel, said = started(server, shared, user, FVDRIFT_CACHE_DIR=str(base))
        assert (folder, said) == (str(base / f"fvdrift-{user}" / sources()), "")
        assert of_kernel.startswith(str(folder))
        assert (base / f"fvdrift-{user}").stat().st_mode & 0o777 == 0o700


@two_users
def test_a_folder_that_is_swapped_while_it_is_used_is_not_looked_at(server: Server, shared: Path) -> None:
    """Who may write in the folder above renames it, and puts another in its place."""
    base = folder_of(shared / "project", 0, 0o775)
    swap = "os.rename(kept.parent, f'{kept.parent}-ours'); os.symlink('/nowhere', kept.parent)"
    os.chown(base, 0, GROUP)
    folder, of_kernel, _ = started(server, shared, then=swap, FVDRIFT_CACHE_DIR=str(base))
    assert folder == str(base / NAME / sources())
    assert of_kernel.startswith(str(base / f"{NAME}-ours"))
    assert list(Path(of_kernel).glob("*doubled*.nbc"))


def test_importing_the_kernels_writes_nothing(tmp_path: Path) -> None:
    code = "import fvdrift, fvdrift_kernels.integrate as k; assert k.advance.stats.cache_path is None"
    environment = clean_environment(
        HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path), FVDRIFT_CACHE_DIR=str(tmp_path)
    )
    subprocess.run([sys.executable, "-B", "-c", code], env=environment, check=True)
    assert not list(tmp_path.iterdir())


def test_kernels_are_right_where_nothing_is_kept(server: Server, shared: Path) -> None:
    assert started(server, shared, os.getuid(), FVDRIFT_NO_CACHE="1") == (None, "", "")


SHARED = """
import sys
from mpi4py import MPI
from fvdrift.process import kernel_cache
from kernel_of_a_test import doubled
kernel_cache.set_up()
kernel_cache.share(MPI.COMM_WORLD)
if MPI.COMM_WORLD.rank:
    MPI.COMM_WORLD.Barrier()
doubled(21)
if not MPI.COMM_WORLD.rank:
    MPI.COMM_WORLD.Barrier()
hits = MPI.COMM_WORLD.gather(sum(doubled.stats.cache_hits.values()))
if hits is not None:
    print(hits)
"""


@needs_mpiexec
def test_ranks_without_a_folder_to_stay_share_a_fresh_one(shared: Path) -> None:
    (shared / "kernel_of_a_test.py").write_text(KERNEL)
    (shared / "tmp" / f"fvdrift-{os.getuid()}").symlink_to("/nowhere")
    done = start(
        ranks=3, program=["-c", SHARED], TMPDIR=str(shared / "tmp"), HOME="/proc", PYTHONPATH=str(shared),
        **dict.fromkeys(("FVDRIFT_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "FVDRIFT_NO_CACHE"), ""),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[0, 1, 1]\n"), done.stderr
    assert done.stderr.count("is a link: compiled kernels are not kept") == 1
    assert [path.name for path in (shared / "tmp").iterdir()] == [f"fvdrift-{os.getuid()}"]

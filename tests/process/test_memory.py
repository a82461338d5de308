"""How much memory is free, as the system and the control groups of the process say."""

from pathlib import Path

import psutil
import pytest

from fvdrift.process import free_memory, physical_memory

MB = 1_000_000


@pytest.fixture
def machine(tmp_path):
    """One with 8192 MB, of which 4096 MB are free."""

    def write(path: str, text: str) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    write(
        "proc/meminfo",
        "MemTotal: 8000000 kB\nMemFree: 1000000 kB\nMemAvailable: 4000000 kB\nHugePages_Total: 0\n",
    )
    return tmp_path, write


def first_kind(write, group: str, limit: int, used: int, files: int = 0) -> None:
    """Control groups of version 1."""
    folder = Path("sys/fs/cgroup/memory") / group.strip("/")
    write(f"{folder}/memory.limit_in_bytes", f"{limit}\n")
    write(f"{folder}/memory.usage_in_bytes", f"{used}\n")
    write(f"{folder}/memory.stat", f"cache 7\ntotal_inactive_file {files}\ntotal_active_file 0\n")


def second_kind(
    write, group: str, limit: int | str, used: int, files: int = 0, high: int | str = "max"
) -> None:
    """Control groups of version 2."""
    folder = Path("sys/fs/cgroup") / group.strip("/")
    write(f"{folder}/memory.max", f"{limit}\n")
    write(f"{folder}/memory.high", f"{high}\n")
    write(f"{folder}/memory.current", f"{used}\n")
    write(f"{folder}/memory.stat", f"file 7\ninactive_file {files // 2}\nactive_file {files - files // 2}\n")


def test_without_control_groups_it_is_what_the_machine_has(machine) -> None:
    assert free_memory(machine[0]) == 4_096_000_000


def test_of_this_machine_it_is_no_more_than_others_say() -> None:
    """There may be a limit that psutil does not look at."""
    assert 0 < free_memory() < 1.2 * psutil.virtual_memory().available
    assert free_memory() < physical_memory()


def test_where_the_system_says_nothing_it_is_all_there_is(tmp_path) -> None:
    assert free_memory(tmp_path) == pytest.approx(physical_memory(), abs=1024)


@pytest.mark.parametrize("kind", [first_kind, second_kind])
def test_a_limit_of_any_group_above_counts(machine, kind) -> None:
    """As a batch system sets it: for the job, not for its steps. Pages of files are given back."""
    root, write = machine
    write(
        "proc/self/cgroup",
        "5:cpu:/\n4:memory:/slurm/job_7/step_0\n0::/\n" if kind is first_kind else "0::/slurm/job_7/step_0\n",
    )
    kind(write, "/slurm/job_7/step_0", 900_000 * MB, 300 * MB)
    kind(write, "/slurm/job_7", 2000 * MB, 1500 * MB, files=200 * MB)
    kind(write, "/slurm", 9_223_372_036_854_771_712, 3000 * MB)
    assert free_memory(root) == 700 * MB


@pytest.mark.parametrize("kind", [first_kind, second_kind])
def test_in_a_container_its_own_limit_counts(machine, kind) -> None:
    """The path is that of the machine, and the container's own group is mounted on top."""
    root, write = machine
    write(
        "proc/self/cgroup",
        "4:memory:/docker/5ad\n0::/docker/5ad\n" if kind is first_kind else "0::/docker/5ad\n",
    )
    kind(write, "/", 1000 * MB, 300 * MB)
    assert free_memory(root) == 700 * MB


def test_a_group_that_is_slowed_down_before_its_limit_has_no_more(machine) -> None:
    root, write = machine
    write("proc/self/cgroup", "0::/job\n")
    second_kind(write, "/job", "max", 300 * MB)
    assert free_memory(root) == 4_096_000_000
    second_kind(write, "/job", 2000 * MB, 300 * MB, high=500 * MB)
    assert free_memory(root) == 200 * MB
    second_kind(write, "/job", 2000 * MB, 700 * MB, high=500 * MB)
    assert free_memory(root) == 0

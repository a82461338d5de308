"""A person's text files, read whole but never without bound: a device or a file of another kind must not fill
the memory."""

from pathlib import Path

MEGABYTE = 1 << 20


def read_bounded(path: Path, megabytes: int) -> bytes:
    """All bytes of a file of at most `megabytes`. Raises OSError, and ValueError for a larger one."""
    with path.open("rb") as file:
        content = file.read(megabytes * MEGABYTE + 1)
    if len(content) > megabytes * MEGABYTE:
        raise ValueError(f"is larger than {megabytes} MB")
    return content

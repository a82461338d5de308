"""."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fvdrift.settings.readers import Instant



@dataclass(frozen=True)
class PlotRequest:
    """The options; None or False: not given. extent: smallest and largest x, then y; cell: metres."""

    file: Path
    output: Path | None = None
    color: str | None = None
    at: "Instant | str | None" = None
    release: tuple[str, ...] = ()
    density: bool = False
    cell: float | None = None
    section: str | None = None
    along: tuple[float, float, float, float] | None = None
    animate: bool = False
    fps: float | None = None
    flow: bool = False
    sample: int | None = None
    extent: tuple[float, float, float, float] | None = None
    forcing: tuple[Path, ...] = ()
    no_mesh: bool = False
    no_depth: bool = False
    title: str | None = None
    dpi: int | None = None
    quiet: bool = False
    ranks: int = 1

    @property
    def of_run(self) -> bool:
        """Whether a run is shown before it is made, not its tracks."""
        return self.file.suffix.lower() == ".toml"

    @property
    def moves(self) -> bool:
        return self.animate or (self.output is not None and self.output.suffix.lower() in (".gif", ".mp4"))

    @property
    def path(self) -> Path:
        """Where the picture goes: beside what it shows, unless -o says otherwise."""
        if self.output is not None:
            return self.output
        stem = self.file.name.removesuffix(".part").removesuffix(self.file.suffix if self.of_run else ".nc")
        kind = "_run" if self.of_run else "_density" if self.density else "_section" if self.section else ""
        return self.file.with_name(f"{stem}{kind}{'.gif' if self.moves else '.png'}")

"""`dataset.drift`: pictures and statistics of tracks that xarray has opened. Importing this module registers the
accessor; heavy libraries load on first use.

    import fvdrift.accessor
    tracks = xarray.open_dataset("tracks.nc")
    tracks.drift.plot(at="6h", color="temp")
"""

import inspect
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import xarray

from fvdrift.errors import RunFileError
from fvdrift.plot import DPI, FILM_DPI, OPTIONS, PlotRequest, check_matplotlib, plot_request
from fvdrift.process import in_python, speaking_python
from fvdrift.settings import plain
from fvdrift.tools import arguments

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fvdrift.export import Wanted
    from fvdrift.plot import DatasetTracks


@xarray.register_dataset_accessor("drift")
class Drift:
    """Draws tracks and counts in them.

    Parameters
    ----------
    dataset
        Tracks that fvdrift wrote, all or some of them, with variables of your own if you like.
    """

    def __init__(self, dataset: xarray.Dataset):
        self._dataset: xarray.Dataset = dataset

    @overload
    def plot(self, output: str | Path | None = None, *, ax: None = None, **options: Any) -> "Figure": ...

    @overload
    def plot(self, output: None = None, *, ax: "Axes", **options: Any) -> "Axes": ...

    @speaking_python()
    def plot(
        self,
        output: str | Path | None = None,
        *,
        ax: "Axes | None" = None,
        color: str | None = None,
        at: Any = None,
        density: bool = False,
        section: str | None = None,
        along: Sequence[float] | None = None,
        flow: bool = False,
        **options: Any,
    ) -> "Figure | Axes":
        """Draw a picture of tracks, or of statistics, as ``fvdrift plot`` does.

        A dataset of statistics (``NAME.stats.nc``, ``NAME.ensemble.nc``, ``drift.density(...)``) gives the first
        picture of its `statistic`, which must be named where there are several; `variable` names another variable of it.

        Parameters
        ----------
        output
            A file to write the picture to as well.
        color
            A variable of the dataset.
        at
            One time: a date, ``"6h"`` from the first record, ``"start"`` or ``"end"``.
        density
            How many particles are where.
        section
            What the depth is drawn over: ``"time"`` or ``"distance"``.
        along
            A line ``[x0, y0, x1, y1]`` that the section follows.
        flow
            Arrows of the water.
        ax
            Axes of yours to draw into, for pictures of one panel.
        **options
            cell, extent, forcing, no_mesh, no_depth, panels, release, sample, statistic, title, variable, dpi,
            quiet: those of ``fvdrift plot``.

        Returns
        -------
        matplotlib.figure.Figure or matplotlib.axes.Axes
            The figure, which a notebook shows; `ax` where it is given.

        Raises
        ------
        RunFileError
            If an option is not known, or does not fit the dataset.
        """
        if ax is not None and output is not None:
            raise RunFileError("ax: the picture goes into your own figure: save that, and leave output out")
        if output is not None:
            arguments.check(arguments.PATH, output=output)
        kind = Path(output).suffix.lower() if output is not None else ""
        if kind in (".gif", ".mp4"):
            raise RunFileError(f"{output}: is an animation: take drift.animate")
        if kind == ".html":
            raise RunFileError(f"{output}: is a page for a browser: take drift.page")
        if ax is not None and not hasattr(ax, "get_figure"):
            raise RunFileError(
                f"ax: must be axes of matplotlib, one panel of a figure, not {type(ax).__name__}"
            )
        check_matplotlib()
        from fvdrift.plot import check_picture, drawing_into, style, write_picture

        asked = {
            "color": color,
            "at": at,
            "density": density,
            "section": section,
            "along": along,
            "flow": flow,
        }
        with drawing_into(ax):
            if self._holds_statistics():
                figure, request = self._answer(output, **asked, **options)
            else:
                tracks, request = self._ask(output, **asked, **options)
                from fvdrift.plot import still_picture, subject_of

                if output is not None:
                    check_picture(request.path, False)
                with style():
                    figure = still_picture(subject_of(tracks, request, _teller(request))).figure
        if ax is not None:
            return ax
        with style():
            if output is not None:
                write_picture(request.path, lambda path: figure.savefig(path, dpi=request.dpi or DPI))

        def png() -> bytes:
            made = io.BytesIO()
            with style():
                figure.savefig(made, format="png", dpi=request.dpi or DPI)
            return made.getvalue()

        figure._repr_png_ = png  # type: ignore[attr-defined]  # a notebook asks for it, and pyplot, which would answer, is not there
        return figure

    @speaking_python()
    def animate(
        self, output: str | Path, *, color: str | None = None, flow: bool = False, **options: Any
    ) -> Path:
        """Write an animation of all times to a GIF or MP4, and return its path.

        Parameters
        ----------
        output
            A file that ends in ``.gif`` or ``.mp4``.
        color, flow, **options
            As in `plot`, and ``fps``: frames in a second.

        Raises
        ------
        RunFileError
            As in `plot`.
        """
        arguments.check(arguments.PATH, output=output)
        tracks, request = self._ask(output, color=color, animate=True, flow=flow, **options)
        from fvdrift.plot import animate, check_film, check_picture, style, subject_of

        check_picture(request.path, True)
        check_film(request.path)
        with style():
            animate(subject_of(tracks, request, _teller(request)), request.path, request.dpi or FILM_DPI)
        return request.path

    @speaking_python()
    def page(self, output: str | Path, *, color: str | None = None, **options: Any) -> Path:
        """Write a page for a browser, as ``fvdrift plot -o NAME.html`` does, and return its path.

        Parameters
        ----------
        output
            A file that ends in ``.html``.
        color
            A variable of the dataset.
        **options
            extent, forcing, no_mesh, no_depth, release, sample, title, quiet.

        Raises
        ------
        RunFileError
            As in `plot`.
        """
        arguments.check(arguments.PATH, output=output)
        if Path(output).suffix.lower() != ".html":
            raise RunFileError(f"{output}: a page for a browser ends in .html")
        tracks, request = self._ask(output, color=color, **options)
        from fvdrift.plot import check_place, subject_of, write_page

        check_place(request.path)
        write_page(subject_of(tracks, request, _teller(request)), request.path)
        return request.path

    @speaking_python()
    def to_dataframe(self, **options: Any) -> "pandas.DataFrame":
        """Make a table of pandas: one row a record, with the names of releases and statuses. It is in memory whole:
        `export` large tracks to Parquet.

        Parameters
        ----------
        **options
            every, release, status, variables, sample, gone: those of ``fvdrift export``.

        Returns
        -------
        pandas.DataFrame
            Its ``attrs`` have units and long_name of the columns.

        Raises
        ------
        RunFileError
            If an option is wrong, or the dataset holds no tracks.
        """
        from fvdrift.export import Records, frame_of

        chosen = _wanted(options)
        return frame_of(Records(self._tracks(), chosen))

    @speaking_python()
    def export(
        self, output: str | Path, *, to: str | None = None, overwrite: bool = False, **options: Any
    ) -> Path:
        """Write tracks for other programs, as ``fvdrift export`` does, and return the path.

        Parameters
        ----------
        output
            The file or folder to write.
        to
            ``"parquet"``, ``"gpkg"``, ``"geojson"``, ``"kml"`` or ``"vtk"``; by default what the name of `output` says.
        overwrite
            Replace an earlier export.
        **options
            As in `to_dataframe`.

        Raises
        ------
        RunFileError, OutputError
            If an option is wrong, `output` exists or cannot be written, or a library is missing.
        """
        from fvdrift.export import export_tracks

        arguments.check(arguments.PATH, output=output)
        chosen = _wanted(options)
        return export_tracks(self._tracks(), Path(output), to, chosen, overwrite=overwrite)[0]

    @speaking_python()
    def density(self, **keys: Any) -> xarray.Dataset:
        """Count how many particles are where and when, by element of the mesh, or in the ``cells`` of a ``box``.

        Parameters
        ----------
        **keys
            Those of a ``[[statistic]]`` of kind ``"density"``.

        Returns
        -------
        xarray.Dataset
            ``density_density`` (time, y, x; or time, element): particles per square metre; ``density_count`` and others.

        Raises
        ------
        RunFileError, ForcingError
            If the dataset is not the whole of a file of tracks, or a key is wrong.
        """
        return _statistic(self._dataset, "density", keys)

    @speaking_python()
    def connectivity(self, polygons: str | Path, **keys: Any) -> xarray.Dataset:
        """Compute which part of each source arrives in which of the polygons.

        Parameters
        ----------
        polygons
            A file of polygons; its path starts in the current folder.
        **keys
            Those of a ``[[statistic]]`` of kind ``"connectivity"``.

        Returns
        -------
        xarray.Dataset
            ``connectivity_connectivity`` (source, polygon): a part, from 0 to 1; ``connectivity_arrivals`` and others.

        Raises
        ------
        RunFileError, ForcingError
            As in `density`.
        """
        return _statistic(self._dataset, "connectivity", {"polygons": polygons, **keys})

    def _holds_statistics(self) -> bool:
        check_matplotlib()
        from fvdrift.plot.answers import are_answers

        return are_answers(self._dataset)

    def _answer(self, output: str | Path | None, **options: Any) -> tuple["Figure", PlotRequest]:
        """The first picture of the one statistic that is asked for."""
        from fvdrift.plot import style
        from fvdrift.plot.answers import Answers, check_options, pictures_of

        answers = Answers(self._dataset, Path(str(self._dataset.encoding.get("source", "statistics"))))
        request = self._request(answers.path, output, options)
        check_options(request)
        chosen = answers.chosen(request.statistic)
        if len(chosen) > 1:
            names = ", ".join(each.name for each in chosen)
            raise RunFileError(f"{answers.path}: say which picture: statistic is one of {names}")
        with style():
            return next(iter(pictures_of(answers, request, _teller(request)))).page.figure, request

    def _ask(self, output: str | Path | None, **options: Any) -> tuple["DatasetTracks", PlotRequest]:
        if output is None or Path(output).suffix.lower() != ".html":
            check_matplotlib()
        from fvdrift.process import kernel_cache

        kernel_cache.set_up()
        tracks = self._tracks()
        return tracks, self._request(tracks.path, output, options)

    def _tracks(self) -> "DatasetTracks":
        from fvdrift.plot import DatasetTracks

        self._refuse_missing()
        return DatasetTracks(self._dataset)

    def _request(self, path: Path, output: str | Path | None, options: dict[str, Any]) -> PlotRequest:
        if "ax" in options:
            raise RunFileError("ax: is for drift.plot: a film or a page makes a figure of its own")
        if "variable" in options:  # the name of --variable
            options = options | {"color": options["variable"] or options.get("color")}
            del options["variable"]
        unknown = [name for name in options if name not in OPTIONS or name == "ranks"]
        if unknown:
            raise RunFileError(f"{unknown[0]}: there is no such option of a picture")
        given = {name: plain(value) for name, value in options.items()}
        for name in ("release", "forcing"):  # one, or a list
            if isinstance(given.get(name), str):
                given[name] = [given[name]]
        return plot_request(path, output=output, **given)

    def _refuse_missing(self) -> None:
        """Raise RunFileError where a file of tracks that are cut into several has gone: xarray reads there that
        nothing is."""
        from fvdrift.output import files_of

        source = Path(str(self._dataset.encoding.get("source", "")))
        if source.is_file():
            files_of(source)


def _statistic(dataset: xarray.Dataset, kind: str, keys: dict[str, Any]) -> xarray.Dataset:
    from fvdrift.postprocess import statistic_of_dataset
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()
    return statistic_of_dataset(dataset, kind, plain(keys))


def _wanted(options: dict[str, Any]) -> "Wanted":
    """The options of an export, checked. Raises RunFileError."""
    from fvdrift.export import wanted

    known = inspect.signature(wanted).parameters
    if unknown := [name for name in options if name not in known]:
        raise RunFileError(
            f"{unknown[0]}: there is no such option of an export; there are {', '.join(known)}"
        )
    return wanted(**plain(options))


def _teller(request: PlotRequest) -> Any:
    """The function that says how the picture came about."""

    def say(sentence: str) -> None:
        if not request.quiet:
            print(f"{request.file.name}: {in_python(sentence)}", file=sys.stderr)

    return say

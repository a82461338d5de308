"""Images one after the other into a GIF (Pillow) or an MP4 (ffmpeg). Does not draw them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import OutputError, RunFileError

KEPT, EXACT = 6000, 4  # of the colours in an image
COLOURS = 255  # of a GIF: one palette for all images, or still parts would flicker


def check_film(path: Path) -> None:
    """Raises RunFileError where what writes this kind of film is missing."""
    if path.suffix.lower() != ".mp4":
        return
    try:
        import imageio_ffmpeg

        imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        raise RunFileError(
            f"{path}: MP4 needs ffmpeg: pip install 'fvdrift[plot]', or write a .gif"
        ) from None


def write_film(
    path: Path, images: Iterable[np.ndarray], size: tuple[int, int], per_second: float, key: np.ndarray
) -> None:
    """images: uint8 (height, width, 3), each used at once; key: an image that has the colours of them all."""
    if path.suffix == ".gif":
        _gif(path, images, per_second, key)
    else:
        _mp4(path, images, size, per_second)


def _gif(path: Path, images: Iterable[np.ndarray], per_second: float, key: np.ndarray) -> None:
    from PIL import Image

    palette = _palette(key)

    def few_colours() -> Iterator[Image.Image]:
        for image in images:
            yield Image.fromarray(image).quantize(palette=palette, dither=Image.Dither.NONE)

    each = few_colours()
    first = next(each)
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=each,
        duration=round(1000 / per_second),
        loop=0,
        disposal=1,
    )


def _palette(key: np.ndarray) -> Any:
    """Colours that serve all images: each that is common counts once, or the land would have most of the
    shades."""
    from PIL import Image

    packed = key.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, count = np.unique(packed, return_counts=True)
    commonest = np.argsort(-count, kind="stable")
    kept = colours[commonest[:KEPT]]
    exact = np.repeat(kept[:EXACT], KEPT)  # these fill large parts and must stay as they are
    image = np.concatenate([exact, kept])
    image = np.stack([image >> 16, image >> 8 & 255, image & 255], axis=-1).astype(np.uint8)
    return Image.fromarray(image[None]).quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
    )


def _mp4(path: Path, images: Iterable[np.ndarray], size: tuple[int, int], per_second: float) -> None:
    import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(
        str(path),
        size,
        fps=per_second,
        codec="libx264",
        quality=8,
        macro_block_size=2,
        ffmpeg_log_level="error",
    )
    writer.send(None)
    try:
        for image in images:
            writer.send(np.ascontiguousarray(image))
    except OSError as error:
        raise OutputError(
            f"{path}: ffmpeg could not write it: {str(error).strip().splitlines()[-1]}"
        ) from None
    finally:
        writer.close()

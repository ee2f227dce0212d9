"""Whether bytes from outside are a whole picture of a bearable size."""

import io
import struct

from PIL import Image, ImageFile, UnidentifiedImageError

BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    Image.DecompressionBombError,
)


class NotAPicture(Exception):
    """No picture of the wanted formats, or only a part of one."""


class TooManyPixels(Exception):
    """Seen in the header; nothing was decoded."""


def decode(content: bytes, formats: list[str], *, max_pixels: int, small: tuple[int, int] | None = None):
    """The picture, read to its end. With `small`, a JPEG is decoded at about that size, which is cheap."""
    try:
        picture = Image.open(io.BytesIO(content), formats=formats)
        if picture.width * picture.height > max_pixels:
            raise TooManyPixels
        if small:
            picture.draft("RGB", small)
        # WeasyPrint allows truncated pictures for the whole process as soon as the first document is printed.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        picture.load()
    except BROKEN as broken:
        raise NotAPicture from broken
    return picture

"""Signatures and photos that nobody made: strokes and plain areas, the same at every loading."""

import base64
import io
import math

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw


def signature(number: int) -> str:
    """A PNG data URL with a wave of its own for each signer."""
    picture = Image.new("RGBA", (360, 120), (0, 0, 0, 0))
    points = [
        (20 + x * 4, 60 + 30 * math.sin(x * (number % 5 + 2) / 12) * math.cos(x / 9 + number))
        for x in range(80)
    ]
    ImageDraw.Draw(picture).line(points, fill=(20, 30, 60, 255), width=4, joint="curve")
    return "data:image/png;base64," + base64.b64encode(_bytes(picture, "PNG")).decode()


def photo(number: int) -> SimpleUploadedFile:
    """A shelf of boxes."""
    picture = Image.new("RGB", (960, 720), (226, 230, 234))
    draw = ImageDraw.Draw(picture)
    for row in range(4):
        for column in range(8):
            shade = 90 + (number * 37 + row * 53 + column * 29) % 140
            left, top = 40 + column * 112, 60 + row * 160
            draw.rectangle((left, top, left + 92, top + 120), fill=(shade, 150, 255 - shade))
        draw.rectangle((20, 184 + row * 160, 940, 194 + row * 160), fill=(120, 110, 100))
    return SimpleUploadedFile(f"photo{number}.jpg", _bytes(picture, "JPEG"), content_type="image/jpeg")


def _bytes(picture: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()

"""Brushes by name, or from a file: the door of this room. A built-in one is a file in `tips` and a line here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..files.reader import decoded_image
from .contract import HAIR_PITCH, Brush, BuiltIn
from .from_picture import brush_from_picture
from .tips import bristle, dot, dry, dry_media, knife, marker, plain, pointed, watercolor

__all__ = ["BRUSHES", "HAIR_PITCH", "Brush", "BuiltIn", "brush_from_picture", "built_in", "carried", "get_brush"]

#: In the order in which people meet them, the default first.
_ALL: tuple[BuiltIn, ...] = (
    bristle.OIL,
    plain.ROUND,
    plain.FLAT,
    bristle.FILBERT,
    bristle.FAN,
    pointed.SABLE,
    pointed.RIGGER,
    knife.KNIFE,
    dry.DRY,
    watercolor.WATERCOLOR,
    dry_media.PENCIL,
    dry_media.CHARCOAL,
    marker.MARKER,
    dot.DOT,
)
_BUILT_IN = {brush.name: brush for brush in _ALL}
#: Names of the built-in brushes, the default first.
BRUSHES: tuple[str, ...] = tuple(_BUILT_IN)


def get_brush(brush: str | Path | Brush = "oil") -> Brush:
    """A brush by its name, or from a picture of a tip.

    Args:
        brush: a name of `BRUSHES`, the path of a picture (see `brush_from_picture`), or a Brush, which is returned.
    Raises:
        ValueError: neither a known name nor a readable picture.
    """
    if isinstance(brush, Brush):
        return brush
    if str(brush) in _BUILT_IN:
        return _built_in(str(brush))
    if not Path(brush).is_file():
        known = ", ".join(BRUSHES)
        raise ValueError(f"brush: {str(brush)!r} is neither a built-in brush ({known}) nor a picture file")
    try:
        picture = decoded_image(brush)
    except ValueError as error:
        raise ValueError(f"brush: this cannot be read as a picture: {error}; give a PNG of one tip") from error
    return brush_from_picture(picture, Path(brush).stem)


def built_in(name: str) -> Brush:
    """The built-in brush of that name; ValueError that lists what there is for any other name."""
    if name not in _BUILT_IN:
        raise ValueError(f"brush: there is no built-in brush {name!r}; there are {', '.join(BRUSHES)}")
    return _built_in(name)


@cache
def _built_in(name: str) -> Brush:
    return _BUILT_IN[name].made()


def carried(brush: str | Brush) -> str | Brush:
    """What a painting keeps of a brush: the name of a built-in one, any other as it is."""
    if isinstance(brush, Brush) and brush.name in _BUILT_IN and _built_in(brush.name) is brush:
        return brush.name
    return brush

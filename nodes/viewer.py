"""What the front end's stroke viewer is given: small files in ComfyUI's temporary folder, named in a node's `ui`.

Each painting has a block of strokes with the sheets of its brushes' tips (see `export.replay`), and small pictures:
what came out, the original, and what it was painted on. Without a front end nothing of it is ever read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folder_paths
import torch
from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.export.process import AS_PAINTED, Process
from ..painter_core.export.replay import MOST_STROKES, jpeg, pack_strokes, png, tip_sheet
from ..painter_core.files.atomic import atomic_path
from ..painter_core.rendering.marks import brushes_of
from . import adapt

#: The name of what the nodes send, and of the folder in ComfyUI's temporary one.
NAME = "alla_prima"
#: Long side of the pictures in pixels: as large as a node on the canvas usually is, twice for fine screens.
SIDE = 512
#: So many paintings of a batch can be looked at.
MOST_PAINTINGS = 8
#: The folder never holds more than this; what was made first goes first.
MOST_BYTES = 256 * 2**20

_log = logging.getLogger(__name__)


def of(
    paintings: Sequence[Strokes],
    images: Tensor,
    originals: Tensor | None = None,
    *,
    brush: str | Brush | None = None,
    canvas: Tensor | None = None,
    mask: Tensor | None = None,
    process: Callable[[int], Process] = lambda index: AS_PAINTED,
    on_stroke: Callable[[], None] | None = None,
) -> Any:
    """The `ui` of a node that made `images` (B, H, W, 3) of paintings; None if the files cannot be written.

    originals: the pictures that were painted; brush and canvas: in place of the paintings' own; mask: where they were
    painted; process: how each painting comes into being, by its index; on_stroke: called often, what it raises passes
    through.
    """
    folder = Path(folder_paths.get_temp_directory(), NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = []
        for i, strokes in enumerate(paintings[:MOST_PAINTINGS]):
            pictures = _pictures(folder, i, images, originals, canvas, mask, strokes)
            entries.append(pictures | _strokes(folder, strokes, brush, process(i), on_stroke))
        _tidy(folder)
    except OSError as error:  # a full disk is no reason to lose a painting
        _log.warning("The strokes cannot be shown on the node: %s", error)
        return None
    return {NAME: entries}


def _pictures(
    folder: Path,
    index: int,
    images: Tensor,
    originals: Tensor | None,
    canvas: Tensor | None,
    mask: Tensor | None,
    strokes: Strokes,
) -> dict[str, Any]:
    """Size and names of the small pictures: painting, original, ground, and what lies over everything."""
    height, width = images.shape[1:3]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))

    def small(batch: Tensor) -> Tensor:
        return adapt.resized(adapt.picture(batch, adapt.partner(batch, index), "cpu"), size).movedim(0, -1)

    names = {"painting": _file(folder, jpeg(small(images)), ".jpg")}
    if originals is not None:
        names["original"] = _file(folder, jpeg(small(originals)), ".jpg")
    if canvas is not None:
        names["ground"] = _file(folder, jpeg(small(canvas)), ".jpg")
    elif strokes.on_picture:
        names["ground"] = _file(folder, jpeg(strokes.ground_at(size).movedim(0, -1)), ".jpg")
    kept = originals if canvas is None else canvas
    if mask is not None and kept is not None:  # what it protects
        outside = 1 - adapt.mask(mask, index, size, "cpu")[..., None]
        names["over"] = _file(folder, png(torch.cat([small(kept), outside], dim=-1)), ".png")
    return {"width": size[1], "height": size[0], **names}


def _strokes(
    folder: Path, strokes: Strokes, brush: str | Brush | None, process: Process, on_stroke: Callable[[], None] | None
) -> dict[str, Any]:
    """How many strokes there are, and the names of their block and of the sheets of their tips."""
    if len(strokes) > MOST_STROKES:
        return {"strokes": len(strokes)}
    block = _file(folder, pack_strokes(strokes, brush, process, on_stroke), ".strokes")
    tips = [_file(folder, tip_sheet(each), ".png") for each in brushes_of(strokes, brush)[0]]
    return {"strokes": len(strokes), "block": block, "tips": tips}


def _file(folder: Path, content: bytes, suffix: str) -> str:
    """The name of a file with this content; what is there already is kept."""
    path = folder / (hashlib.sha256(content).hexdigest()[:24] + suffix)
    if path.exists():
        path.touch()
    else:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    return path.name


def _tidy(folder: Path) -> None:
    """Keep the folder within its bounds."""
    files = sorted(((path.stat(), path) for path in folder.iterdir()), key=lambda pair: -pair[0].st_mtime)
    total = 0
    for about, path in files:
        total += about.st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)

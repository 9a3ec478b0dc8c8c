"""Give every node every kind of faulty input and print what came of it, as JSON: `python run_faults.py PACK`.

Run in the folder of a ComfyUI and in a process of its own, as `dump_schemas.py`, whose loader it uses. Each line is
{"node", "input", "fault", "error": class and text or null, "messages": [...], "finite": whether all results are}, or
{"node", "input", "fault": "alpha", "away": how far a transparent picture is from the same laid over white, or, if it is
painted, over what it is painted on}.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import dump_schemas  # noqa: F401 (brings ComfyUI up, and loads the pack as a_pack)
import folder_paths
import torch
from comfy_api.latest import InputImpl
from comfy_api.latest._util import VideoComponents

HOME = Path(tempfile.mkdtemp())
folder_paths.set_input_directory(str(HOME))
folder_paths.set_output_directory(str(HOME))
folder_paths.set_temp_directory(str(HOME / "temp"))  # nobody else tidies up in it
core, comfy_nodes, checks = (sys.modules[f"a_pack.{name}"] for name in ("painter_core", "nodes", "nodes.checks"))
NAN, INF = math.nan, math.inf
SIZE = (20, 28)


class Listener(logging.Handler):
    """What the nodes say."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


LISTENER = Listener()
logging.getLogger("a_pack.nodes.messages").addHandler(LISTENER)


def picture(channels: int = 3, count: int = 1, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *SIZE, channels, generator=torch.Generator().manual_seed(seed))


def strokes(count: int = 12, canvas: tuple[int, int] = SIZE) -> Any:
    random = torch.Generator().manual_seed(1)
    center = torch.rand(count, 2, generator=random) * torch.tensor([canvas[1], canvas[0]])
    size = torch.tensor([[9.0, 4.0]]).expand(count, 2)
    color = torch.rand(count, 3, generator=random)
    return core.Strokes.build(center, size, torch.linspace(0, 3, count), color, canvas=canvas)


def film() -> Any:
    frames = picture(count=2)
    parts = VideoComponents(images=torch.nn.functional.pad(frames, (0, 0, 2, 2, 2, 2)), frame_rate=Fraction(12))
    return InputImpl.VideoFromComponents(parts)


def mask() -> torch.Tensor:
    half = torch.zeros(1, *SIZE)
    half[:, :, :14] = 1
    return half


def with_value(tensor: torch.Tensor, value: float) -> torch.Tensor:
    tensor = tensor.clone()
    tensor.view(-1)[tensor.numel() // 2] = value
    return tensor


def clear_rgba() -> torch.Tensor:
    return torch.cat([picture(), torch.zeros(1, *SIZE, 1)], dim=-1)


def below(node_id: str, name: str, given: dict[str, Any]) -> torch.Tensor:
    """What a transparent picture is laid over: what it will be painted on, or white where nothing is painted."""
    if (node_id, name) == ("PaintImage", "image"):
        return given["canvas"]
    if (node_id, name) == ("StyleTransferThenPaint", "content"):  # the mean color of what is opaque
        pixels, alpha = (each[0].movedim(-1, 0).contiguous() for each in (picture(), picture(1, seed=2)))
        return ((pixels * alpha).sum((1, 2)) / alpha.sum()).expand_as(picture())  # in this order: it rounds as the pack
    return torch.ones_like(picture())


def half_clear(below: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture with alpha, and the same laid over another."""
    alpha = picture(1, seed=2)
    return torch.cat([picture(), alpha], dim=-1), torch.lerp(below, picture(), alpha)


#: Faults that are refused.
REFUSED: dict[str, dict[str, Any]] = {
    "IMAGE": {
        "nan": with_value(picture(), NAN), "inf": with_value(picture(), INF), "empty batch": picture()[:0],
        "no height": picture()[:, :0], "no width": picture()[:, :, :0], "2 channels": picture(2),
        "5 channels": picture(5), "no batch": picture()[0], "bytes": (255 * picture()).byte(), "a list": [picture()],
        "nan in the second": torch.cat([picture(), with_value(picture(), NAN)]),
    },
    "MASK": {
        "nan": with_value(mask(), NAN), "inf": with_value(mask(), -INF), "empty batch": mask()[:0],
        "no height": mask()[:, :0], "no width": mask()[:, :, :0], "booleans": mask() > 0, "text": "mask",
        "a row": mask()[0, 0],
    },
    "STROKES": {"empty batch": [], "not a list": strokes(), "pictures": [picture()], "text": "strokes"},
    "BRUSH": {"text": "oil", "a picture": picture()},
    "STROKE_PREDICTOR": {"text": "compact", "a picture": picture()},
    "INT": {"nan": NAN, "too much": 2**70, "too little": -(2**70), "text": "many"},
    "FLOAT": {"nan": NAN, "inf": INF, "too much": 1e30, "too little": -1e30, "text": "much"},
    "VIDEO": {"text": "film.mp4", "pictures": picture()},
    "STRING": {"a number": 3},
    "COMBO": {"unknown": "no such thing"},
}  # fmt: skip
#: What is unusual, and fine.
FINE: dict[str, dict[str, Any]] = {
    "IMAGE": {
        "grey": picture(1), "half precision": picture().half(), "out of range": picture() * 3 - 1,
        "one pixel": picture()[:, :1, :1], "wholly transparent": clear_rgba(),
    },
    "MASK": {
        "black": mask() * 0, "small and black": torch.zeros(1, 64, 64), "no batch": mask()[0],
        "with channels": mask()[None], "half precision": mask().half(), "out of range": mask() * 3 - 1,
        "one pixel": mask()[:, :1, :1],
        "black for one of two": torch.cat([mask(), mask() * 0]),
    },
    "STROKES": {"no strokes": [strokes(0)], "one pixel": [strokes(3, (1, 1))]},
}  # fmt: skip


def usual(entry: Any) -> Any:
    """A value of an input that there is nothing wrong with."""
    values = {
        "IMAGE": picture(),
        "MASK": mask(),
        "STROKES": [strokes()],
        "BRUSH": core.brushes.brush.get_brush("oil"),
        "VIDEO": film(),
    }
    if entry.get_io_type() == "STROKE_PREDICTOR":
        return sys.modules["a_pack.nodes.models"].load("compact.safetensors")
    return values.get(entry.get_io_type(), getattr(entry, "default", None))


def usual_inputs(node: Any) -> dict[str, Any]:
    """Everything connected; few strokes, as it is not the painting that is looked at."""
    schema = node.GET_SCHEMA()
    given = {entry.id: usual(entry) for entry in schema.inputs}
    quick = {"refine": 0, "scale": 1.0, "seconds": 0.5, "frames": 2, "method": None, "count": 5}
    if schema.node_id in ("PaintImage", "PaintVideo", "StyleTransferThenPaint"):
        quick["strokes"] = 5
    given |= {"canvas": picture(seed=3)} if "canvas" in given else {}
    given |= {name: value for name, value in quick.items() if name in given and value is not None}
    if schema.node_id == "LoadStrokes":
        core.export.stroke_io.save_strokes(strokes(), HOME / "mine.json")
        given["file"] = "mine.json"
    if schema.node_id == "PaintImage":
        given["mode"] = "fast"
    return given


def attempt(node: Any, given: dict[str, Any]) -> tuple[str | None, list[str], Any]:
    LISTENER.heard.clear()
    try:
        result = node.PREPARE_CLASS_CLONE({}).execute(**given)
    except Exception as error:  # whatever it is: the test says which are allowed
        return f"{type(error).__name__}: {error}", list(LISTENER.heard), None
    return None, list(LISTENER.heard), result


def painted(node: Any, given: dict[str, Any]) -> list[torch.Tensor]:
    """All pictures and masks that a node gives, of what is nothing wrong with."""
    error, _, result = attempt(node, given)
    if error is not None:
        raise RuntimeError(f"{node.GET_SCHEMA().node_id}: {error}")
    return images(result)


def images(result: Any) -> list[torch.Tensor]:
    """All pictures and masks that a node gave."""
    return [value for value in result.args if isinstance(value, torch.Tensor)]


def report(node: Any, name: str, fault: str, given: dict[str, Any]) -> dict[str, Any]:
    error, messages, result = attempt(node, given)
    finite = error is not None or all(bool(torch.isfinite(image).all()) for image in images(result))
    return {
        "node": node.GET_SCHEMA().node_id, "input": name, "fault": fault, "error": error, "messages": messages,
        "finite": finite,
    }  # fmt: skip


def reports(node: Any) -> Iterator[dict[str, Any]]:
    given = usual_inputs(node)
    yield report(node, "", "none", given)
    for entry in node.GET_SCHEMA().inputs:
        kind, name = entry.get_io_type(), (entry.display_name or entry.id).split(" (")[0]
        for fault, value in REFUSED.get(kind, {}).items():
            yield report(node, name, fault, given | {entry.id: value})
        for fault, value in FINE.get(kind, {}).items():
            yield report(node, name, f"fine: {fault}", given | {entry.id: value})
        if kind == "IMAGE":
            pair = half_clear(below(node.GET_SCHEMA().node_id, entry.id, given))
            found = [painted(node, given | {entry.id: value}) for value in pair]
            away = max((float((a - b).abs().max()) for a, b in zip(*found, strict=True)), default=0.0)
            yield {"node": node.GET_SCHEMA().node_id, "input": name, "fault": "alpha", "away": away}


for node in asyncio.run(comfy_nodes.AllaPrimaExtension().get_node_list()):
    with torch.inference_mode():
        for one in reports(node):
            print("FAULT " + json.dumps(one), flush=True)

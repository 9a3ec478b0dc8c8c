"""What comes into a node is looked at before anything is made of it, in one place for all nodes.

ComfyUI checks widgets, not what other nodes send: a batch may be empty, hold NaN, or have two channels. Faults are
errors that name the input; what is allowed but hardly meant, such as a mask that selects nothing, is a message.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from comfy_api.latest import Input, io
from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.sequence.stroke_files import StrokeFiles
from ..painter_core.wording import shown
from .choices import choices_checked
from .messages import Messages

#: A mask above this counts as painted on: half of the smallest step of an 8-bit mask.
TOUCHED = 0.5 / 255
#: Channels that a picture may have: grey, RGB, RGBA.
CHANNELS = (1, 3, 4)
#: Pictures of a batch that a message names one by one.
NAMED = 5


def checked(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The node, whose `execute` first looks at everything that comes in; its choices are looked at before."""
    execute = node.execute.__func__
    if hasattr(execute, "__wrapped__"):  # asked for its nodes a second time
        return node

    @functools.wraps(execute)
    def execute_checked(cls: type[io.ComfyNode], *values: Any, **named: Any) -> Any:
        look(node.define_schema(), named)  # cls is a copy that ComfyUI has locked
        return execute(cls, *values, **named)

    setattr(node, "execute", classmethod(execute_checked))  # noqa: B010
    setattr(node, "validate_inputs", classmethod(choices_checked(node)))  # noqa: B010
    return node


def look(schema: io.Schema, given: dict[str, Any]) -> None:
    """Raise ValueError for the first input that cannot be used; say what was hardly meant."""
    messages = Messages()
    for entry in schema.inputs:
        value, check = given.get(entry.id), _CHECKS.get(entry.get_io_type())
        if check is not None and not (value is None and entry.optional):
            check(entry, (entry.display_name or entry.id).partition(" (")[0], value, messages)


def _image(entry: io.Input, name: str, batch: Any, messages: Messages) -> None:
    _check_batch(name, "image", batch, dimensions=(4,))
    if batch.shape[-1] not in CHANNELS:
        raise ValueError(f"{name}: an image has 1, 3 or 4 channels (grey, RGB, RGBA), this one has {batch.shape[-1]}.")
    if batch.shape[-1] == CHANNELS[-1]:
        clear = [i for i, picture in enumerate(batch) if float(picture[..., -1].max()) <= TOUCHED]
        if clear:
            messages.say(f"{name}: {_which(clear, len(batch), 'picture')} wholly transparent: nothing is to be seen.")


def _mask(entry: io.Input, name: str, batch: Any, messages: Messages) -> None:
    _check_batch(name, "mask", batch, dimensions=(2, 3, 4))
    masks = batch.reshape(-1, *batch.shape[-2:])
    black = [i for i, mask in enumerate(masks) if float(mask.max()) <= TOUCHED]
    if black:
        messages.say(
            f"{name}: {_which(black, len(masks), 'mask')} black everywhere and selects nothing. "
            "Load Image gives such a mask for a picture without transparency: disconnect it, or draw one (right-click "
            "on Load Image, Open in MaskEditor)."
        )


def _check_batch(name: str, kind: str, batch: Any, dimensions: tuple[int, ...]) -> None:
    """Raise ValueError unless this is a batch of finite floats with something in it."""
    if not isinstance(batch, Tensor):
        raise ValueError(f"{name}: this must be an input of the type {kind.upper()}, got {_kind(batch)}.")
    shape = tuple(batch.shape)
    if batch.layout is not torch.strided:
        raise ValueError(f"{name}: an ordinary tensor is needed, got a sparse one.")
    if not batch.is_floating_point():
        raise ValueError(f"{name}: values must be floats from 0 to 1, got {str(batch.dtype).removeprefix('torch.')}.")
    if batch.ndim not in dimensions:
        layout = "(batch, height, width, channels)" if kind == "image" else "(batch, height, width)"
        raise ValueError(f"{name}: the shape {layout} is needed, got {shape}.")
    if 0 in shape:
        what = "the batch is empty" if shape[0] == 0 else "it has no pixels"
        raise ValueError(f"{name}: {what} (its shape is {shape}). Connect at least one {kind} of at least one pixel.")
    singles = batch if kind == "image" else batch.reshape(-1, *shape[-2:])
    for i, one in enumerate(singles):
        if not bool(torch.isfinite(one).all()):
            hint = " A VAE in half precision often does that: start ComfyUI with --fp32-vae." if kind == "image" else ""
            raise ValueError(
                f"{name}: {kind} {i + 1} of {len(singles)} holds NaN or infinite values; what made it went wrong.{hint}"
            )


def _strokes(entry: io.Input, name: str, paintings: Any, messages: Messages) -> None:
    known = isinstance(paintings, StrokeFiles)  # of which each is looked at when it is read
    if not known and (
        not isinstance(paintings, (list, tuple)) or not all(isinstance(painting, Strokes) for painting in paintings)
    ):
        raise ValueError(f"{name}: strokes from Paint Image or Load Strokes are needed, got {_kind(paintings)}.")
    if not paintings:
        raise ValueError(f"{name}: the batch is empty. Connect the strokes of at least one painting.")


def _brush(entry: io.Input, name: str, brush: Any, messages: Messages) -> None:
    if not isinstance(brush, Brush):
        raise ValueError(f"{name}: a brush is needed, as Load Brush or Brush from Image gives it, got {_kind(brush)}.")


def _predictor(entry: io.Input, name: str, predictor: Any, messages: Messages) -> None:
    if not hasattr(predictor, "load_device") or not hasattr(predictor, "model"):
        raise ValueError(f"{name}: a network from Load Stroke Predictor is needed, got {_kind(predictor)}.")


def _number(entry: Any, name: str, value: Any, messages: Messages) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name}: a number is needed, got {_kind(value)}.")
    low = -math.inf if entry.min is None else entry.min
    high = math.inf if entry.max is None else entry.max
    if not low <= value <= high or math.isinf(value):  # NaN as well
        raise ValueError(f"{name}: must be from {low:,g} to {high:,g}, got {shown(value)}.")


def _text(entry: io.Input, name: str, value: Any, messages: Messages) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name}: text is needed, got {_kind(value)}.")


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__


def _which(numbers: list[int], count: int, kind: str) -> str:
    """Which of a batch, and the verb: "the mask is", "masks 2, 5 are" ..."""
    if len(numbers) == count:
        return f"the {kind} is" if count == 1 else f"every {kind} of the batch is"
    some = ", ".join(str(i + 1) for i in numbers[:NAMED]) + (" ..." if len(numbers) > NAMED else "")
    return f"{kind} {some} of {count} is" if len(numbers) == 1 else f"each of the {kind}s {some} (of {count}) is"


def _video(entry: io.Input, name: str, video: Any, messages: Messages) -> None:
    if not isinstance(video, Input.Video):
        raise ValueError(f"{name}: a video is needed, as Load Video or Create Video gives it, got {_kind(video)}.")


_CHECKS: dict[str, Callable[[io.Input, str, Any, Messages], None]] = {
    "IMAGE": _image,
    "VIDEO": _video,
    "MASK": _mask,
    "STROKES": _strokes,
    "BRUSH": _brush,
    "STROKE_PREDICTOR": _predictor,
    "INT": _number,
    "FLOAT": _number,
    "STRING": _text,
    "COMBO": _text,
}

"""Outputs that cost time are made when somebody asks for them.

ComfyUI runs a node once and keeps what came out, so a node cannot know which of its outputs will be connected later.
These two are promises: a VIDEO that is encoded, and an SVG that is written, by the first node that wants them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from io import BytesIO
from typing import Any

from comfy_api.latest import Input, InputImpl, io

SVG: type = getattr(io.SVG, "Type", object)
if not isinstance(SVG, type) or not hasattr(SVG, "combine_all"):  # before ComfyUI 0.7.0 the class lay elsewhere
    from comfy_extras.nodes_images import SVG


def _forward(name: str) -> Callable[..., Any]:
    def method(self: LazyVideo, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.encoded, name)(*args, **kwargs)

    method.__name__ = name
    return method


# Every public method of ComfyUI's VIDEO, whatever a version of it has, is answered by the encoded video.
_FORWARDED = type("_Forwarded", (Input.Video,), {n: _forward(n) for n in dir(Input.Video) if not n.startswith("_")})


class LazyVideo(_FORWARDED):
    """A VIDEO that `encode` writes into a buffer at the first use."""

    def __init__(self, encode: Callable[[BytesIO], None]) -> None:
        self._encode = encode

    @cached_property
    def encoded(self) -> Input.Video:
        buffer = BytesIO()
        self._encode(buffer)
        buffer.seek(0)
        return InputImpl.VideoFromFile(buffer)


class LazySVG(SVG):
    """An SVG with one document for each of `write`, written at the first use."""

    def __init__(self, write: list[Callable[[], str]]) -> None:
        self._write = write

    @cached_property
    def data(self) -> list[BytesIO]:
        return [BytesIO(write().encode("utf-8")) for write in self._write]

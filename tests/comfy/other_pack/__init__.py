"""Another pack of nodes, for the tests: one that hands on what it should not."""

from __future__ import annotations

import math
from typing import Any

import torch


class AnyType(str):
    """The type of a socket that goes into every other."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def picture(*shape: int, value: float = 0.5) -> torch.Tensor:
    return torch.full(shape, value)


def with_value(value: float) -> torch.Tensor:
    pixels = picture(2, 16, 16, 3)
    pixels[1, 3, 5, 1] = value
    return pixels


FAULTS = {
    "nothing": lambda: None,
    "text": lambda: "../../etc/passwd",
    "a dictionary": lambda: {"samples": picture(1, 4, 8, 8)},
    "an empty list": list,
    "a list of nothing": lambda: [None],
    "an empty batch": lambda: picture(0, 16, 16, 3),
    "no height": lambda: picture(1, 0, 16, 3),
    "no width": lambda: picture(1, 16, 0, 3),
    "five channels": lambda: picture(1, 16, 16, 5),
    "NaN": lambda: with_value(math.nan),
    "infinite": lambda: with_value(math.inf),
    "whole numbers": lambda: picture(1, 16, 16, 3).to(torch.int64),
    "complex numbers": lambda: picture(1, 16, 16, 3).to(torch.complex64),
    "sparse": lambda: picture(1, 16, 16, 3).to_sparse(),
    "out of range": lambda: picture(1, 16, 16, 3, value=1e30),
    "an empty mask": lambda: picture(0, 16, 16),
    "a mask of NaN": lambda: picture(1, 16, 16, value=math.nan),
}


class HandOn:
    """Gives a value of FAULTS to whatever asks for it."""

    CATEGORY = "tests"
    RETURN_TYPES = (AnyType("*"),)
    FUNCTION = "give"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"what": ("STRING", {})}}

    def give(self, what: str) -> tuple[Any]:
        return (FAULTS[what](),)


NODE_CLASS_MAPPINGS = {"TestHandOn": HandOn}

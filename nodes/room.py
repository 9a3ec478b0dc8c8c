"""Whether results have room in main memory, known before anything asks for it: a machine that swaps is lost."""

from __future__ import annotations

import math
from pathlib import Path

import comfy.model_management as mm
import torch

#: Bytes of a number of an IMAGE or a MASK.
FLOAT_BYTES = 4
#: What Save Image takes for each pixel of a picture beside the picture: two copies as floats, one as bytes.
SAVING_BYTES = 27
#: Share of the free memory that may be taken.
SHARE = 0.9
#: Scales are told in steps of this size.
STEP = 0.5
#: Where a container's memory limit and use stand (cgroup version 2, then 1): the machine's free memory says nothing.
CONTAINERS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
#: Parts of that use that are given back when somebody needs them: files that were read.
GIVEN_BACK = ("active_file", "inactive_file")


def check_scale(canvas: tuple[int, int], scale: float, count: int, channels: int) -> None:
    """ValueError, with the scale that would fit, if `count` results have no room.

    Args:
        canvas: (height, width) of the paintings at scale 1; channels: numbers for each pixel of all results together.
    """
    need, free = _need(canvas, scale, count, channels), free_memory()
    if need <= SHARE * free:
        return
    fits = math.floor(scale * math.sqrt(SHARE * free / need) / STEP) * STEP
    height, width = (round(side * scale) for side in canvas)
    many = "a picture" if count == 1 else f"{count} pictures"
    advice = f"Scale {fits:g} fits" if fits >= 1 else "Render fewer or smaller paintings at once"
    raise ValueError(
        f"scale: {many} of {width:,} x {height:,} pixels would take {_gb(need)} of memory with what saving takes, and "
        f"{_gb(free)} are free. {advice}; the command line (python -m painter_core) writes posters of any size strip "
        "by strip."
    )


def check_frames(size: tuple[int, int], frames: int) -> None:
    """ValueError, with the number that would fit, if so many pictures of (height, width) have no room."""
    each, free = size[0] * size[1] * 3 * FLOAT_BYTES, free_memory()
    if frames * each <= SHARE * free:
        return
    raise ValueError(
        f"frames: {frames} pictures of {size[1]:,} x {size[0]:,} pixels would take {_gb(frames * each)} of memory, and "
        f"{_gb(free)} are free. {int(SHARE * free / each)} fit, or more with a smaller video size; the output video "
        "never takes more than one of them."
    )


def free_memory() -> int:
    """Bytes that can be taken where ComfyUI wants results."""
    device = mm.intermediate_device()
    free = mm.get_free_memory(device)
    assert not isinstance(free, tuple)  # that is for torch_free_too
    return int(free if torch.device(device).type != "cpu" else min(free, _free_in_container()))


def _free_in_container() -> float:
    """Bytes that the container we are in, if it is one, leaves us."""
    for folder, limit, used in CONTAINERS:
        try:
            most, taken = (int((folder / name).read_text()) for name in (limit, used))
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):  # no container, or one without a limit ("max")
            continue
        return max(0, most - taken + sum(int(stat.get(name, 0)) for name in GIVEN_BACK))
    return math.inf


def _need(canvas: tuple[int, int], scale: float, count: int, channels: int) -> float:
    pixels = canvas[0] * canvas[1] * scale**2
    return pixels * (count * channels * FLOAT_BYTES + SAVING_BYTES)


def _gb(count: float) -> str:
    return f"{count / 1e9:,.1f} GB"

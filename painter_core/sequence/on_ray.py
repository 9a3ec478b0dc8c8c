"""A film's shots painted by the machines of a Ray cluster, and brought back in the film's order.

A shot depends on its frames and the number of its first one alone, so shots are Ray's tasks: one whose machine dies is
painted again elsewhere, to the same result. What comes back is what one machine makes, with the painter's state after
every frame, so a job that stops goes on from there with Ray or without.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ray
import torch
from ray import exceptions
from torch import Tensor

from .drawn import Drawn, Made, drawn_frames
from .shots import Shot, blank, shifted, shots_of, unpacked
from .state import State

if TYPE_CHECKING:
    from .film import FilmPainter
    from .job import Job

#: How often a shot is begun again before Ray gives up on it.
RETRIES = 10


@contextmanager
def cluster(address: str | None = None) -> Iterator[None]:
    """Be connected to a cluster: the one at an address, or RAY_ADDRESS, or a new one of this machine alone.

    A connection that is there already is used, and left. Raises OSError where the cluster cannot be reached.
    """
    if ray.is_initialized():
        yield
        return
    # nothing is sent to anybody
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(address=address, include_dashboard=False if address is None else None, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError, exceptions.RayError) as error:
        where = address or os.environ.get("RAY_ADDRESS") or "this machine"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise OSError(f"Ray at {where} cannot be reached: {reason}") from error
    try:
        yield
    finally:
        ray.shutdown()


def drawn_on_ray(job: Job, state: State | None) -> Iterator[Made]:
    """Paint all frames of a job from a state on, within `cluster`.

    Raises:
        what reading a frame raises, after all frames before it; OSError where Ray gives a shot up.
    """
    made = job.painter(None)
    painter = ray.put(made)
    # sums are rounded otherwise with another number of threads: tasks use as many as this process would
    threads = torch.get_num_threads()
    most = max((node["Resources"].get("CPU", 1) for node in ray.nodes() if node["Alive"]), default=1)
    means: dict[str, Any] = {"num_cpus": max(1, min(threads, int(most)))}
    count = ray.cluster_resources().get("CPU", 1) / means["num_cpus"]
    if torch.device(job.device).type == "cuda":
        means["num_gpus"] = 1
        count = min(count, ray.cluster_resources().get("GPU", 1))
    # enough that every machine has its next shot while the first one is waited for
    ahead = 2 * max(1, int(count))
    running: deque[tuple[Shot, Any, list[Any]]] = deque()
    shots, failure = shots_of(job, state, made.coherence == 0), None
    ids = 0 if state is None else state.next_id
    try:
        while True:
            while shots is not None and len(running) < ahead:
                try:
                    shot = next(shots, None)
                except (ValueError, OSError) as error:
                    shot, failure = None, error
                if shot is None:
                    shots = None
                    break
                refs = [ray.put(picture) for picture in shot.pictures]
                shot.pictures.clear()
                task = _paint_shot.options(**means).remote(
                    painter, shot.begins, shot.extras, str(job.device), threads, *refs
                )
                running.append((shot, task, refs))
            if not running:
                break
            shot, task, refs = running[0]
            last = None
            for frame, ref, result in zip(shot.frames, refs, task, strict=True):
                drawn = shifted(_fetched(result), 0 if shot.goes_on else ids)
                yield Made(frame, unpacked(_fetched(ref)), drawn)
                last = drawn
            ids = ids if last is None else last.state.next_id
            running.popleft()
    finally:
        for _, task, _ in running:
            ray.cancel(task, force=True)
    if failure is not None:
        raise failure


def _fetched(ref: Any) -> Any:
    """What a reference stands for; the task's own error, or OSError with Ray's."""
    try:
        return ray.get(ref)
    except exceptions.RayTaskError as error:
        if isinstance(error.cause, ValueError | OSError):
            raise error.cause from None
        raise
    except exceptions.RayError as error:
        raise OSError(f"Ray gave a shot up: {str(error).strip().splitlines()[0]}") from error


@ray.remote(num_cpus=1, num_returns="streaming", max_retries=RETRIES)
def _paint_shot(
    painter: FilmPainter,
    begins: State | int,
    extras: dict[str, Tensor | None],
    device: str,
    threads: int,
    *pictures: Any,
) -> Iterator[Drawn]:
    """A task: the frames of a shot, each sent when it is done."""
    torch.set_num_threads(threads)
    painter.state = blank(begins) if isinstance(begins, int) else begins.to(device)
    given = {name: None if value is None else value.to(device) for name, value in extras.items()}
    frames = ((None, unpacked(picture).to(device)) for picture in pictures)
    for _, _, drawn in drawn_frames(painter, frames, lambda _: given):
        yield drawn.to("cpu")

"""A predictor that notices where it runs, for the tests of films on several machines."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch import Tensor


class DoomedDabs:
    """Eight dabs at fixed places of every patch; on the node whose name is in a file it soon gets stuck for good."""

    name, patch, strokes = "dabs", 32, 8

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, 0

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        self._live()
        marks = torch.rand(8, 5, generator=torch.Generator().manual_seed(0))
        marks = marks * torch.tensor([1.0, 1.0, 0.4, 0.2, 3.0]) + torch.tensor([0.0, 0.0, 0.4, 0.2, 0.0])
        return marks.expand(len(target), 8, 5), torch.ones(len(target), 8)

    def _live(self) -> None:
        import ray

        doomed = self.folder / "doomed"
        if not doomed.exists() or ray.get_runtime_context().get_node_id() != doomed.read_text():
            return
        self.calls += 1
        if self.calls > 2:
            (self.folder / "stuck").touch()
            while True:
                time.sleep(0.1)

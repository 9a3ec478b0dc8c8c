"""A predictor that notices where it runs, for the tests of films on several machines."""

from __future__ import annotations

import time
from pathlib import Path

from predictor_samples import Dabs
from torch import Tensor


class DoomedDabs(Dabs):
    """On the node whose name is in a file it soon gets stuck for good."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, 0

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        self._live()
        return super().predict(target, canvas)

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

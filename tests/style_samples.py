"""Styles quickly, where how good a picture becomes is not looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from painter_core.style.methods.plan import Plan, Plans


def take_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every method's plan as it is, but with two steps at each of its sizes."""
    usual = Plans.on

    def shortened(plans: Plans, device: torch.device) -> Plan:
        plan = usual(plans, device)
        return replace(plan, levels=tuple(replace(level, steps=min(2, level.steps)) for level in plan.levels))

    monkeypatch.setattr(Plans, "on", shortened)

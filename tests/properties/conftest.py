"""Hypothesis, the same examples every time. `HYPOTHESIS_PROFILE=search` looks for new ones, ten times as many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SHARED = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("house", derandomize=True, max_examples=30, **SHARED)
settings.register_profile("search", max_examples=300, **SHARED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

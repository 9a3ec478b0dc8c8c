"""Where the eye looks: a map for `paint(detail=...)` from faces, what stands out, and structure."""

from __future__ import annotations

from .attention import detail_map

__all__ = ["detail_map"]

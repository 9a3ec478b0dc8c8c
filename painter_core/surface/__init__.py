"""The surface of a painting: relief of the paint, the weave below it, light and varnish on it.

`height` says how thick the paint lies, `weave` what it lies on, `relief` finds slopes and shadows, `light` shades, and
`scene` puts them together, window by window.
"""

from __future__ import annotations

from .height import height_map, thickest
from .scene import Lit, Scene, Surface, light_surface
from .weave import WEAVES

__all__ = ["WEAVES", "Lit", "Scene", "Surface", "height_map", "light_surface", "thickest"]

"""Alla Prima's painter: pictures become brush strokes, strokes become pictures. Knows nothing of ComfyUI."""

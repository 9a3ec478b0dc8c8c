"""From strokes to pixels: brushes as textures, marks in place, one walk front to back, colors fitted through it."""

"""The painter: from a picture to strokes, coarse to fine."""

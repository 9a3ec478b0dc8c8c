"""The networks that look at a patch and its canvas and write strokes, and how they are loaded and saved."""

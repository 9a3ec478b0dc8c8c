"""Files: pictures in and out, with what they say about themselves. `painter_core.pictures` has the public names."""

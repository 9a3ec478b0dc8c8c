"""Files: pictures in and out, with what they say about themselves; `pictures` has the public names."""

"""A style in the strokes themselves: how broad, how long, which way, in what colors."""

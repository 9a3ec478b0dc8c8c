"""Scripts that make the picture sets and measure the painter; see README.md in this folder."""

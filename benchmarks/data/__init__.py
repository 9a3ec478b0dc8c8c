"""Building the sets of pictures that are trained on, measured with, and taken styles from."""

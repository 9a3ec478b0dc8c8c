"""Brushes: what their marks look like. A built-in one is a file in `tips`; others are made from pictures of a mark."""

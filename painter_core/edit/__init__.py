"""Finished paintings changed stroke by stroke: choose, recolour, move, reorder, merge."""

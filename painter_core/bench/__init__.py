"""`python -m painter_core bench`: quality and speed of the painter and its baselines on the same pictures."""

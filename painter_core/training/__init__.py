"""Self-training of stroke predictors: strokes synthesised on the fly, set matching, losses, the loop."""

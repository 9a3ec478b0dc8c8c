"""Refinement: all strokes of a painting polished together, and the ones that help least taken out.

`view` is what strokes are compared with, `linearization` says which way every stroke should go, `polish` goes
there, `removal` says what each stroke is worth.
"""

"""Captions by a rule book: segmentation, timing, line breaks, and a checker of anybody's captions."""

"""Vectors of sentences, near to each other when they mean the same; shared with the engine."""

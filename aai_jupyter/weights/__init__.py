"""Weights of speech models: which there are, where their files lie, and how they come here."""

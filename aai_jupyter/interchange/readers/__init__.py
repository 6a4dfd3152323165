"""Readers of other programs' transcripts; :mod:`detection` finds the one for a file."""

"""Transcripts written to files of other programs."""

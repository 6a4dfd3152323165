"""Transcripts, sets, live transcripts and clips that users hold, their edits, and ``df.aai``."""

"""Transcripts of other programs: reading their files, and writing files for them."""

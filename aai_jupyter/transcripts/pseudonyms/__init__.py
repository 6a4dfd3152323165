"""Pseudonyms: names in transcripts, the key that joins them with pseudonyms, and the view without names."""

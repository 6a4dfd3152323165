"""Pseudonyms: names found in transcripts, the key that joins them with their pseudonyms, and the view without them."""

"""The dashboard of a batch."""

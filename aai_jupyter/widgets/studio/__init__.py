"""The studio: drop files or record, choose options, transcribe."""

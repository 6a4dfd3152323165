"""What users hold: transcripts, sets, live transcripts, clips, their edits and ``df.aai``."""

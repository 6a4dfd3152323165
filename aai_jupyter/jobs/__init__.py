"""Jobs of transcription: batches, submission exactly once, the journal and the store of results."""

"""Pre-recorded speech-to-text: `client.transcripts`."""

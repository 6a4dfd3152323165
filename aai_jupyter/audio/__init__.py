"""Opening audio files: what client, engine and player share. No pandas, no network."""

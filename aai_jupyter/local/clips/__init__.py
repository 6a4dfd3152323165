"""Short clips: ``/v1/transcribe/live`` and its aliases."""

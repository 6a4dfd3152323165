"""Real-time speech-to-text: `client.streaming`."""

"""Real-time WebSocket on this machine: the service's protocol around real recognition."""

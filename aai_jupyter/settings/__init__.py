"""Settings: declarations, lookup in layers, and the endpoint with its key."""

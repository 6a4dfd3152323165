"""State of one Python process: the event-loop thread, the store, one client per endpoint."""

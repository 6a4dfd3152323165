"""What one Python process keeps between cells: the event-loop thread, the store, one client per endpoint."""

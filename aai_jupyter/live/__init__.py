"""A real-time session beside the cell: its handle, what runs on the loop, and who listens."""

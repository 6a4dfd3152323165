"""The magics, one module each, and the table that finds them by name."""

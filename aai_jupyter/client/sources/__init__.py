"""Whatever a user may call a recording, as bytes that can be read again."""

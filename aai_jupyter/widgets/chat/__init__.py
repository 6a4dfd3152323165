"""The chat about recordings, and answers with citations that play."""

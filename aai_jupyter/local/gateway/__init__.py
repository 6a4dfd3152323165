"""The LLM Gateway on this machine: an extractive model, and the server that the user names."""

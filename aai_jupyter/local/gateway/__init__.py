"""The LLM Gateway on this machine: an extractive model, and whatever server the user names."""

"""Asking language models about what was said: prompts, citations, rows, many recordings, conversations."""

"""Questions to language models about recordings: prompts, citations, rows, batches, conversations."""

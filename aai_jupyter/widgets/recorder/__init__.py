"""The dictation button, and the texts that stay in a saved notebook."""

"""Short clips: a sentence or two, and the text at once."""

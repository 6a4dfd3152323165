"""Static displays of transcripts and sets: HTML, plain text, a page to print."""

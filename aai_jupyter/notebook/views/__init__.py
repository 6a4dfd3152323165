"""Output of magics in the calling cell: progress, streamed answers, tables, the dry run."""

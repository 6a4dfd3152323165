"""What magics show in the calling cell: progress, streamed answers, tables, the dry run."""

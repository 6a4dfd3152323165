"""Transcripts of many recordings on disk: Parquet files, an index of their words, measures over all."""

"""Audio files: one clock, one mix, the sound without the picture."""

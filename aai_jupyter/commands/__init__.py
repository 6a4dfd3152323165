"""Commands of the command line that have rooms below them to use."""

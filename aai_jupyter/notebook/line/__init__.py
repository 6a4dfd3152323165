"""The line language of the magics: splitting, arguments, expansion, help and Tab completion."""

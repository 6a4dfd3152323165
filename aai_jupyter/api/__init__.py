"""The public functions: everything that ``aai.`` offers as a verb, one module each."""

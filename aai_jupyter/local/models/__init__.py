"""Speech models of the local engine. Nothing here is imported before a `Recogniser` is used."""

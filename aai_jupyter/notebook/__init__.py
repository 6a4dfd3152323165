"""The IPython side: magics, their line language, and their output in the calling cell."""

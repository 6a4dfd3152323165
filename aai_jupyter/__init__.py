"""Speech to text in notebooks: magics, widgets and DataFrames. ``%load_ext aai_jupyter`` starts it."""

from aai_jupyter._version import __version__

__all__ = ["__version__"]

"""Axes that a notebook does not show as text above their picture."""

from matplotlib.axes import Axes


class QuietAxes(Axes):
    """Axes of our plots: at the end of a cell there is the picture, and no ``<Axes: xlabel=...>``."""

    def _ipython_display_(self) -> None:
        """Show nothing: the backend shows the figure."""

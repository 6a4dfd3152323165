"""Widgets: the player and the studio. Imported when one is shown, since they need anywidget."""

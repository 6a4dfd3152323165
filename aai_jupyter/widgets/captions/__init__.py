"""Live captions: the widget, and the static form that stays in a saved notebook."""

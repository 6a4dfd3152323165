"""Frame in, frame or picture out: conversation metrics, search, timeline. ``df.aai`` has them as methods."""

from aai_jupyter.analysis.metrics import gaps, talk_time
from aai_jupyter.analysis.plots import plot_pace, plot_talk_time, timeline
from aai_jupyter.analysis.rate import pace
from aai_jupyter.analysis.selection import between, search
from aai_jupyter.analysis.timeline_svg import Timeline

__all__ = [
    "Timeline",
    "between",
    "gaps",
    "pace",
    "plot_pace",
    "plot_talk_time",
    "search",
    "talk_time",
    "timeline",
]

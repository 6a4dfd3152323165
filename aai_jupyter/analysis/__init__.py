"""Frame in, frame or picture out: conversation metrics, search, timeline, and how a transcript shows itself.

Importing this package registers the accessor ``df.aai``.
"""

from aai_jupyter.analysis.accessor import AaiAccessor
from aai_jupyter.analysis.metrics import gaps, talk_time
from aai_jupyter.analysis.plots import plot_pace, plot_talk_time, timeline
from aai_jupyter.analysis.rate import pace
from aai_jupyter.analysis.selection import between, search
from aai_jupyter.analysis.strip import Timeline

__all__ = [
    "AaiAccessor",
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

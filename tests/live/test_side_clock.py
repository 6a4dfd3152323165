"""Two devices on one clock: simulated devices with clocks of their own, late blocks, stalls and gaps."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.live.side_clock import AHEAD_SECONDS, CallClock
from tests.examples import examples

RATE = 1000
BLOCK = 100
CLICK = 20_000
SKEW = 0.1
"""Seconds: more is too much."""


@dataclass
class Device:
    """A device that hears a click every 5 s, all devices the same ones."""

    ppm: float = 0.0
    begins: float = 0.0
    delays: list[float] = field(default_factory=lambda: [0.0])
    """Seconds by which blocks arrive late, by turns."""
    stall: tuple[float, float] = (0.0, 0.0)
    """Blocks of this stretch arrive at its end, all at once."""
    gap: tuple[float, float] = (0.0, 0.0)
    """Blocks of this stretch never arrive."""
    block: int = BLOCK

    def blocks(self, seconds: float) -> list[tuple[float, bytes]]:
        rate = RATE * (1 + self.ppm / 1e6)
        found: list[tuple[float, bytes]] = []
        before = 0.0
        for k in range(int((seconds - self.begins) * rate) // self.block):
            times = self.begins + (k * self.block + np.arange(self.block + 1)) / rate
            ticks = np.floor(times / 5)
            samples = np.where(ticks[1:] > ticks[:-1], CLICK, 1).astype("<i2")
            at = times[-1] + self.delays[k % len(self.delays)]
            if self.gap[0] <= times[-1] < self.gap[1]:
                continue
            if self.stall[0] <= at < self.stall[1]:
                at = self.stall[1]
            before = max(before, at)  # a device gives its blocks in order
            found.append((before, samples.tobytes()))
        return found


def aligned(*devices: Device, seconds: float) -> tuple[np.ndarray, CallClock]:
    """Both channels, as they come out."""
    made: list[bytes] = []
    clock = CallClock(RATE, made.append)
    queues = [[(at, side, pcm) for at, pcm in one.blocks(seconds)] for side, one in enumerate(devices)]
    for at, side, pcm in heapq.merge(*queues):
        clock.add(side, pcm, at)
    clock.flush()
    return np.frombuffer(b"".join(made), "<i2").reshape(-1, 2), clock


def clicks(channel: np.ndarray) -> np.ndarray:
    """Seconds at which clicks are; one that is stretched is soft at its edges."""
    places = np.flatnonzero(channel > 200)
    return places[np.diff(places, prepend=-RATE) > RATE // 2] / RATE


def skews(sound: np.ndarray) -> np.ndarray:
    """Seconds between the clicks of both sides that are the same one."""
    first, second = clicks(sound[:, 0]), clicks(sound[:, 1])
    nearest = np.abs(first[:, None] - second[None, :]).min(1)
    return nearest[nearest < 2.5]


def test_half_an_hour_of_two_clocks_that_drift_apart():
    sound, clock = aligned(Device(120, block=250), Device(-180, begins=0.3, block=200), seconds=1800)
    found = skews(sound)
    assert len(found) >= 358
    assert found.max() < 0.01  # and 540 ms without a correction
    assert abs(len(sound) / RATE - 1800) < 0.2
    assert [side.lost for side in clock.sides] == [0, 0]


lateness = st.lists(st.floats(0, 0.08), min_size=1, max_size=40)
stretches = st.one_of(
    st.just((0.0, 0.0)),
    st.tuples(st.floats(5, 40), st.floats(0.05, 1.5)).map(lambda one: (one[0], one[0] + one[1])),
)


@examples(8)
@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 1), lateness, lateness, stretches, stretches)
def test_late_blocks_and_stalls_lose_nothing_and_move_nothing(
    ppm, other, begins, late, later, stall, stalled
):
    sound, clock = aligned(
        Device(ppm, delays=late, stall=stall), Device(other, begins, later, stall=stalled), seconds=60
    )
    found = skews(sound)
    assert len(found) >= 10
    assert found.max() < SKEW
    assert [side.lost for side in clock.sides] == [0, 0]
    kept = [int((channel != 0).sum()) for channel in sound.T]
    for count, one in zip(kept, (Device(ppm), Device(other, begins)), strict=True):
        assert abs(count - (60 - one.begins) * RATE) < 0.03 * 60 * RATE  # every block is there


@examples(8)
@given(st.floats(-300, 300), lateness, st.floats(6, 30), st.floats(0.2, 20))
def test_what_a_device_does_not_give_is_silence(ppm, late, start, length):
    gone = (start, start + length)
    sound, _ = aligned(Device(ppm), Device(-ppm, delays=late, gap=gone), seconds=60)
    assert skews(sound).max() < SKEW
    assert (sound[:, 1] == 0).sum() >= (length - 0.2) * RATE
    assert abs(len(sound) / RATE - 60) < 0.3


def test_a_side_that_has_not_begun_holds_up_nobody_for_long():
    made: list[bytes] = []
    clock = CallClock(RATE, made.append)
    for at, pcm in Device().blocks(10):
        clock.add(0, pcm, at)
    given_so_far = len(b"".join(made)) // 4 / RATE
    assert given_so_far > 10 - AHEAD_SECONDS - 0.2

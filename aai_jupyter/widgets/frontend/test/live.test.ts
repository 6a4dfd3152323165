import assert from "node:assert/strict";
import test from "node:test";
import { ChannelsFramer } from "../src/audio/call.ts";
import { Framer, Resampler } from "../src/audio/framer.ts";
import { describeMicrophoneError } from "../src/audio/microphone.ts";
import { FrameSender } from "../src/audio/sender.ts";
import { behindText, billedText, dollars, latencyText, NO_FIGURES } from "../src/captions/figures.ts";
import { pauseText, running } from "../src/captions/state.ts";
import { parseTerms } from "../src/captions/terms.ts";
import { initials, nameOf, placeOf } from "../src/captions/turns.ts";
import type { Meta } from "../src/traits/captions.ts";
import { loudness } from "../src/ui/meter.ts";
import { generator } from "./random.ts";

const tone = (hertz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

function rms(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i] ** 2;
  return Math.sqrt(sum / (to - from));
}

/** Splits into pieces of odd sizes, as an audio thread may give them. */
function pieces(samples: Float32Array, seed: number): Float32Array[] {
  const random = generator(seed);
  const out: Float32Array[] = [];
  for (let at = 0; at < samples.length; ) {
    const size = 1 + Math.floor(random() * 900);
    out.push(samples.subarray(at, at + size));
    at += size;
  }
  return out;
}

test("resampling keeps length and loudness of speech, and takes away what would fold over", () => {
  for (const from of [44_100, 48_000, 22_050, 96_000]) {
    for (const [hertz, kept] of [
      [300, true],
      [3000, true],
      [12_000, false],
    ] as const) {
      if (hertz > from / 2) continue;
      const resampler = new Resampler(from, 16_000);
      const out = pieces(tone(hertz, from, 1), from + hertz).flatMap((piece) => [...resampler.push(piece)]);
      assert.ok(Math.abs(out.length - 16_000) < 40, `${from}: ${out.length}`);
      const loud = rms(out, 2000, 14_000);
      if (kept) assert.ok(Math.abs(loud - 0.3536) < 0.01, `${hertz} Hz from ${from}: ${loud}`);
      else assert.ok(loud < 0.005, `${hertz} Hz from ${from} folds over: ${loud}`);
    }
  }
});

test("however the sound is cut, the frames are the same, whole and clipped", () => {
  const sound = tone(440, 48_000, 1.05).map((value) => 3 * value);
  const cut = (seed: number) => {
    const frames: Int16Array[] = [];
    const framer = new Framer(48_000, 16_000, 1600, (frame) => frames.push(frame));
    for (const piece of pieces(sound, seed)) framer.push(piece);
    framer.flush();
    return frames;
  };
  const first = cut(1);
  assert.deepEqual(
    first.slice(0, -1).map((frame) => frame.length),
    Array(first.length - 1).fill(1600),
  );
  for (const seed of [2, 3, 4]) assert.deepEqual(cut(seed), first);
  assert.equal(Math.max(...first[3]), 32767);
  assert.equal(Math.min(...first[3]), -32768);
});

test("two channels stay together however the sound is cut, and the rest comes too", () => {
  const rates: [number, number][] = [
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 16_000],
  ];
  for (const [from, to] of rates) {
    const left = tone(200, from, 1.03);
    const right = left.map((value) => -value / 2);
    const frames: Int16Array[] = [];
    const framer = new ChannelsFramer(2, from, to, 1600, (frame) => frames.push(frame));
    const cuts = pieces(right, from);
    pieces(left, from).forEach((piece, k) => {
      framer.push([piece, cuts[k]]);
    });
    framer.flush();
    assert.deepEqual([...new Set(frames.slice(0, -1).map((frame) => frame.length))], [3200]);
    for (const frame of frames)
      for (let i = 0; i < frame.length; i += 2) assert.ok(Math.abs(frame[i] + 2 * frame[i + 1]) <= 3);
    const [loud, soft] = framer.levels;
    assert.ok(Math.abs(loud - 2 * soft) < 0.01);
  }
});

test("what waits is sent when nothing more will be answered", () => {
  const sent: number[] = [];
  const sender = new FrameSender(
    (seq) => sent.push(seq),
    () => 0,
    { window: 2, held: 9, patience: 1000 },
  );
  for (let i = 0; i < 5; i++) sender.push(new ArrayBuffer(2));
  sender.drain();
  assert.deepEqual(sent, [1, 2, 3, 4, 5]);
});

test("labels of the service are no names", () => {
  assert.deepEqual(["A", "2", "1B", "You", "Computer A", "Al"].map(nameOf), [
    "Speaker A",
    "Speaker 2",
    "Speaker 1B",
    "You",
    "Computer A",
    "Al",
  ]);
  assert.deepEqual(["A", "You", "Computer A", "Computer B"].map(initials), ["A", "Yo", "CA", "CB"]);
});

test("every frame arrives once and in order, whatever the kernel does in between", () => {
  for (let seed = 1; seed < 60; seed++) {
    const random = generator(seed);
    const sent: number[] = [];
    const limits = { window: 5, held: 1000, patience: 1000 };
    const sender = new FrameSender(
      (seq, frame) => {
        sent.push(new Uint16Array(frame)[0]);
        assert.equal(seq, sent.length);
      },
      () => 0,
      limits,
    );
    for (let frame = 0; frame < 100; frame++) {
      sender.push(Uint16Array.of(frame).buffer);
      assert.ok(sender.unanswered <= limits.window);
      if (random() < 0.4) sender.ack(Math.floor(random() * (sent.length + 1)));
    }
    while (sender.unanswered) sender.ack(sent.length);
    assert.deepEqual(
      sent,
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.equal(sender.lost, 0);
  }
});

test("a kernel that does not read costs the oldest sound, and is given up after a while", () => {
  let now = 0;
  const sender = new FrameSender(
    () => undefined,
    () => now,
    { window: 2, held: 3, patience: 1000 },
  );
  for (let i = 0; i < 10; i++) sender.push(new ArrayBuffer(2));
  assert.deepEqual([sender.unanswered, sender.held, sender.lost], [2, 3, 5]);
  now = 1001;
  assert.ok(sender.gone);
  sender.ack(99); // more than was sent
  assert.ok(!sender.gone);
  assert.equal(sender.unanswered, 2);
  sender.ack(4);
  sender.ack(5);
  now = 9000;
  assert.ok(!sender.gone); // nothing is on the way
});

test("silence between answers does not count while nothing was sent", () => {
  let now = 0;
  const sender = new FrameSender(
    () => undefined,
    () => now,
    { window: 2, held: 3, patience: 1000 },
  );
  now = 50_000;
  sender.push(new ArrayBuffer(2));
  assert.ok(!sender.gone);
});

test("why there is no microphone is said with a remedy", () => {
  const text = (name: string) => describeMicrophoneError(new DOMException("own words", name)).message;
  assert.match(text("NotAllowedError"), /Allow it.*VS Code.*Permissions-Policy/s);
  assert.match(text("InsecureContext"), /https.*ssh -L/s);
  assert.match(text("NotFoundError"), /no microphone/i);
  assert.match(text("WeirdError"), /WeirdError: own words/);
  const once = describeMicrophoneError(new DOMException("", "NotFoundError"));
  assert.equal(describeMicrophoneError(once), once);
});

test("figures in words", () => {
  assert.equal(billedText({ ...NO_FIGURES, cost: null }), "free");
  assert.equal(billedText({ ...NO_FIGURES, billed: 71, cost: 0.0089 }), "1:11 billed, about $0.009");
  assert.equal(dollars(1.349), "$1.35");
  assert.equal(latencyText(NO_FIGURES), "");
  assert.equal(latencyText({ ...NO_FIGURES, partial: 1.04, final: 0.62 }), "1.0 s while speaking, 0.6 s final");
  assert.equal(behindText(NO_FIGURES), "");
  assert.equal(behindText({ ...NO_FIGURES, behind: 34 }), "text 34 s behind, catching up");
  assert.equal(loudness(0), 0);
  assert.equal(loudness(1), 1);
  assert.ok(Math.abs(loudness(0.001)) < 1e-9);
});

test("a pause says what is billed", () => {
  const meta = { price: 0.45 } as Meta;
  assert.match(pauseText("paused", meta), /billed, about \$0\.45 an hour/);
  assert.match(pauseText("released", meta), /nothing is billed/);
  assert.equal(pauseText("paused", { price: null } as Meta), "Nothing is sent.");
  assert.equal(pauseText("open", meta), "");
  assert.ok(running("waiting") && !running("ended") && !running("ending"));
});

test("terms are split at commas and lines, once each", () => {
  assert.deepEqual(parseTerms(" Zarr, Borealis\nZarr,,\n new york "), ["Zarr", "Borealis", "new york"]);
});

test("a line stands where its time is", () => {
  assert.equal(placeOf(5, []), 0);
  assert.equal(placeOf(5, [1, 5, 9]), 2);
  assert.equal(placeOf(10, [1, 5, 9]), 3);
});

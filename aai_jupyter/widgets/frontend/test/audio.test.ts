import assert from "node:assert/strict";
import test from "node:test";
import { Chunks } from "../src/audio/chunks.ts";
import { intersect, Route, type Stretch } from "../src/audio/route.ts";
import { Wsola } from "../src/audio/wsola.ts";
import { generator } from "./random.ts";

const RATE = 16_000;
const tone = (hertz: number) => (from: number, out: Float32Array) => {
  for (let i = 0; i < out.length; i++) out[i] = 0.5 * Math.sin((2 * Math.PI * hertz * (from + i)) / RATE);
  return true;
};

function render(wsola: Wsola, source: (from: number, out: Float32Array) => boolean, seconds: number): Float32Array {
  const out = new Float32Array(Math.floor((seconds * RATE) / wsola.hop) * wsola.hop);
  for (let at = 0; at < out.length; at += wsola.hop) assert.ok(wsola.step(source, out, at));
  return out;
}

/** Cycles per second by zero crossings. */
function pitch(samples: Float32Array): number {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) if (samples[i - 1] < 0 && samples[i] >= 0) crossings++;
  return (crossings * RATE) / samples.length;
}

test("speed changes the length and not the pitch, at every rate", () => {
  for (const rate of [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3]) {
    for (const hertz of [110, 220, 433]) {
      const wsola = new Wsola(RATE, rate);
      wsola.reset(RATE);
      const out = render(wsola, tone(hertz), 1);
      assert.ok(Math.abs(pitch(out) - hertz) < hertz * 0.02 + 2, `${hertz} Hz at ${rate}: ${pitch(out)}`);
      assert.ok(Math.abs((wsola.position - RATE) / out.length - rate) < 1e-6);
      let loud = 0;
      for (const value of out.subarray(RATE / 10)) loud += value * value;
      assert.ok(Math.abs(Math.sqrt(loud / (out.length * 0.9)) - 0.354) < 0.04, `loudness at ${rate}`);
    }
  }
});

test("there are no clicks where frames join", () => {
  const wsola = new Wsola(RATE, 1.7);
  const out = render(wsola, tone(200), 1);
  const steepest = (0.5 * 2 * Math.PI * 200) / RATE;
  for (let i = 1; i < out.length; i++) assert.ok(Math.abs(out[i] - out[i - 1]) < steepest * 1.6);
});

test("at its own speed the sound is the source, sample by sample", () => {
  const wsola = new Wsola(RATE, 1);
  wsola.reset(1234);
  const out = render(wsola, tone(300), 0.5);
  const expected = new Float32Array(out.length);
  tone(300)(1234, expected);
  assert.deepEqual(out, expected);
});

test("a step without its sound changes nothing", () => {
  const wsola = new Wsola(RATE, 2);
  wsola.reset(500);
  assert.equal(
    wsola.step(() => false, new Float32Array(wsola.hop), 0),
    false,
  );
  assert.equal(wsola.position, 500);
});

test("pieces give back every sample, in whatever order they came", async () => {
  const total = RATE * 61;
  const sample = (i: number) => ((i * 31) % 65_536) - 32_768;
  const asked: number[] = [];
  const random = generator(4);
  const pieces = new Chunks(
    async (from, to) => {
      asked.push((to - from) / 1000);
      await new Promise((done) => setTimeout(done, random() * 4));
      const start = (from * RATE) / 1000;
      return Int16Array.from({ length: Math.max(0, Math.min(total, (to * RATE) / 1000) - start) }, (_, i) =>
        sample(start + i),
      );
    },
    RATE,
    61_000,
    () => {},
    (error) => assert.fail(error),
  );
  const out = new Float32Array(5000);
  assert.equal(pieces.read(40_000, out), false);
  pieces.want(40_000, 4);
  assert.deepEqual(asked, [2, 8], "the piece itself first and alone");
  await new Promise((done) => setTimeout(done, 30));
  assert.ok(pieces.read(RATE * 2 - 1000 + RATE * 2, out));
  for (let i = 0; i < out.length; i++) assert.equal(out[i], Math.fround(sample(RATE * 4 - 1000 + i) / 32768));
  pieces.want(RATE * 60, 4);
  await new Promise((done) => setTimeout(done, 30));
  assert.ok(pieces.read(RATE * 60.5, out) && out[0] !== 0);
  assert.ok(pieces.read(RATE * 61 + 100, out) && out.every((value) => value === 0), "silence after the end");
});

test("a route plays its stretches in order, and in a circle when looped", () => {
  const list: Stretch[] = [
    [5, 6],
    [1, 3],
    [8, 9],
  ];
  const route = new Route(list);
  assert.deepEqual(
    [route.restart(), route.end, route.next(), route.end, route.next(), route.next()],
    [5, 6, 1, 3, 8, null],
  );
  const loop = new Route([[2, 4]], true);
  assert.deepEqual([loop.enter(3), loop.end, loop.next(), loop.enter(7)], [3, 4, 2, 2]);
  const gaps = new Route([
    [0, 2],
    [5, 7],
  ]);
  assert.deepEqual([gaps.enter(3), gaps.end, gaps.enter(1), gaps.end, gaps.enter(9)], [5, 7, 1, 2, null]);
});

test("intersections hold what both hold", () => {
  const random = generator(9);
  const list = () => {
    let at = 0;
    return Array.from({ length: 12 }, (): Stretch => {
      const from = at + Math.ceil(random() * 5);
      at = from + Math.ceil(random() * 6);
      return [from, at];
    });
  };
  const holds = (stretches: Stretch[], x: number) => stretches.some(([from, to]) => x >= from && x < to);
  for (let run = 0; run < 200; run++) {
    const [a, b] = [list(), list()];
    const both = intersect(a, b);
    for (let x = 0; x < 140; x++) assert.equal(holds(both, x), holds(a, x) && holds(b, x));
  }
});

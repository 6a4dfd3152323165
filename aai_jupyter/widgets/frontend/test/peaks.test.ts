import assert from "node:assert/strict";
import test from "node:test";
import type { Channel } from "../src/channel.ts";
import { Peaks } from "../src/player/peaks.ts";
import type { State } from "../src/player/state.ts";

test("what is seen before the outline has come is no louder than it is", async () => {
  const quiet = Int8Array.from({ length: 200 }, (_, i) => (i < 100 ? (i % 2 ? 20 : -20) : i % 2 ? 40 : -40));
  const { signal } = new AbortController();
  const state = { peaks: new Int8Array(0), meta: { duration: 1000 }, signal } as State;
  const reply = { message: { level: 10, from_ms: 0 }, buffers: [quiet.buffer] };
  const channel = { request: async () => reply } as unknown as Channel;
  const peaks = new Peaks(state, channel, () => undefined);
  assert.equal(peaks.between(0, 10), 0);
  await new Promise((done) => setTimeout(done));
  assert.equal(peaks.between(0, 10), 0.5);
  assert.equal(peaks.between(990, 1000), 1);
});

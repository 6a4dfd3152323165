import assert from "node:assert/strict";
import test from "node:test";
import { Channel } from "../src/channel.ts";
import { bytes, type Comm, joined } from "../src/host.ts";

test("a large trait is put together from its pieces", () => {
  const state: Record<string, unknown> = {
    cut: { text: 3, list: 2, packed: 2 },
    text: "ab",
    "text:1": "cd",
    "text:2": "e",
    "text:3": "of a longer value before",
    list: ["a"],
    "list:1": ["b", "c"],
    packed: Uint8Array.of(1, 2).buffer,
    "packed:1": new DataView(Uint8Array.of(9, 3).buffer, 1),
    whole: "as it is",
  };
  const model = { get: (name: string) => state[name] };
  assert.equal(joined(model, "text"), "abcde");
  assert.deepEqual(joined(model, "list"), ["a", "b", "c"]);
  assert.deepEqual([...new Uint8Array(bytes(joined(model, "packed")))], [1, 2, 3]);
  assert.equal(joined(model, "whole"), "as it is");
  assert.equal(joined({ get: () => undefined }, "text"), undefined);
});

test("a reply in parts is one text", async () => {
  let take: (message: unknown, buffers?: unknown[]) => void = () => undefined;
  let uuid = "";
  const model = {
    on: (_: string, handler: typeof take) => (take = handler),
    off: () => undefined,
    send: (message: { uuid: string }) => (uuid = message.uuid),
  } as unknown as Comm;
  const channel = new Channel(model);
  const answer = channel.request("export");
  for (const part of ["one ", "two "]) take({ type: "reply", uuid, part });
  take({ type: "reply", uuid, text: "three" });
  assert.equal((await answer).message.text, "one two three");
  channel.dispose();
});

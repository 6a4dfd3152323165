import assert from "node:assert/strict";
import test from "node:test";
import type { MicrophoneOptions } from "../src/audio/microphone.ts";
import type { Comm } from "../src/host.ts";
import { ClipRecorder } from "../src/recorder/clips.ts";
import { HOLD_MS, PushToTalk } from "../src/recorder/push_to_talk.ts";
import type { Meta } from "../src/traits/recorder.ts";

function pressed(): { press: PushToTalk; did: string[]; at(ms: number): void; recording(on: boolean): void } {
  const did: string[] = [];
  let now = 0;
  let on = false;
  const press = new PushToTalk(
    {
      idle: () => !on,
      begin: () => did.push("begin"),
      finish: () => did.push("finish"),
      cancel: () => did.push("cancel"),
    },
    () => now,
  );
  return { press, did, at: (ms) => (now = ms), recording: (value) => (on = value) };
}

test("held: it ends with the release", () => {
  const { press, did, at, recording } = pressed();
  press.down();
  recording(true);
  at(HOLD_MS);
  press.up();
  assert.deepEqual(did, ["begin", "finish"]);
});

test("clicked: it goes on until the next click", () => {
  const { press, did, at, recording } = pressed();
  press.down();
  recording(true);
  at(HOLD_MS - 1);
  press.up();
  assert.deepEqual(did, ["begin"]);
  at(5000);
  press.down();
  at(9000);
  press.up();
  assert.deepEqual(did, ["begin", "finish"]);
});

test("escape forgets, and the release after it sends nothing", () => {
  const { press, did, at, recording } = pressed();
  press.down();
  recording(true);
  at(3000);
  press.escape();
  press.up();
  assert.deepEqual(did, ["begin", "cancel"]);
});

interface Sent {
  type: string;
  key?: string;
  seq?: number;
  count?: number;
  uuid: string;
  bytes: number;
}

function stage(longest = 120) {
  const sent: Sent[] = [];
  const handlers = new Map<string, ((...args: never[]) => void)[]>();
  const model = {
    get: () => undefined,
    set: () => undefined,
    save_changes: () => undefined,
    off: () => undefined,
    on: (event: string, handler: (...args: never[]) => void) =>
      handlers.set(event, [...(handlers.get(event) ?? []), handler]),
    send: (content: unknown, _: unknown, buffers: ArrayBuffer[] = []) =>
      sent.push({ ...(content as Sent), bytes: buffers.reduce((sum, one) => sum + one.byteLength, 0) }),
  } as unknown as Comm;
  const tell = (event: string, ...args: unknown[]) =>
    handlers.get(event)?.forEach((one) => (one as (...a: unknown[]) => void)(...args));
  let options: MicrophoneOptions | undefined;
  let stopped = 0;
  let allow: () => void = () => undefined;
  const allowed = new Promise<void>((done) => (allow = done));
  const open = async (given: MicrophoneOptions) => {
    options = given;
    await allowed;
    return {
      label: "Desk",
      level: () => 0.5,
      pause: () => undefined,
      resume: () => undefined,
      stop: () => {
        stopped++;
        given.onFrame(new Int16Array(300)); // the rest
      },
    };
  };
  const meta = {
    id: "m",
    rate: 16_000,
    longest,
    device: "",
    price: null,
    local: true,
    where: "",
    warnings: [],
  } satisfies Meta;
  const clips = new ClipRecorder(model, meta, () => undefined, open as never);
  return {
    clips,
    sent,
    tell,
    allow,
    model,
    frame: (size = 1600) => options?.onFrame(new Int16Array(size)),
    stops: () => stopped,
    of: (type: string) => sent.filter((one) => one.type === type),
  };
}

const settled = () => new Promise((done) => setTimeout(done, 1));

test("all frames are sent in order, the rest too, and counted", async () => {
  const { clips, allow, frame, of, stops } = stage();
  allow();
  await clips.begin();
  for (let i = 0; i < 7; i++) frame();
  assert.equal(clips.seconds, 0.7);
  clips.finish();
  assert.deepEqual(
    of("sound").map((one) => one.seq),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual([of("sound")[7].bytes, of("end")[0].count, stops()], [600, 8, 1]);
  assert.equal(new Set([...of("begin"), ...of("sound"), ...of("end")].map((one) => one.key)).size, 1);
  frame(); // a frame that comes late belongs to nothing
  clips.dispose();
});

test("a clip is sent when it is as long as a clip may be, to the sample", async () => {
  const { clips, allow, frame, of } = stage(1);
  allow();
  await clips.begin();
  for (let i = 0; i < 12; i++) frame(1500);
  assert.equal(
    of("sound").reduce((sum, one) => sum + one.bytes, 0),
    2 * 16_000,
  );
  assert.equal(of("end").length, 1);
  assert.match(clips.problem, /1 s at most/);
  clips.dispose();
});

test("what is given up before the microphone is allowed is never heard", async () => {
  const { clips, allow, of, stops } = stage();
  const begun = clips.begin();
  clips.cancel();
  allow();
  await begun;
  assert.deepEqual([of("begin").length, of("end").length, stops(), clips.state], [0, 0, 1, "idle"]);
  clips.dispose();
});

test("a kernel that goes away switches the microphone off, and one that refuses is heard", async () => {
  const { clips, allow, frame, tell, sent, stops } = stage();
  allow();
  await clips.begin();
  frame();
  const first = sent.find((one) => one.type === "sound") as Sent;
  tell("msg:custom", { type: "reply", uuid: first.uuid, error: { title: "No", detail: "room" } }, []);
  await settled();
  assert.equal(clips.problem, "No: room");
  tell("comm:close");
  assert.deepEqual([stops(), clips.state], [1, "idle"]);
  assert.match(clips.problem, /kernel is gone/);
  clips.dispose();
});

test("a recording ends when the host has no kernel to send it to", async () => {
  const { clips, allow, frame, model, stops } = stage();
  allow();
  await clips.begin();
  frame();
  model.send = () => {
    throw new Error("Cannot send"); // as JupyterLab's widgets do after a restart
  };
  frame();
  await settled();
  assert.deepEqual([clips.state, stops()], ["idle", 1]);
  assert.match(clips.problem, /kernel is gone/);
  clips.dispose();
});

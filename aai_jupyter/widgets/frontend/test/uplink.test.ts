import assert from "node:assert/strict";
import test from "node:test";
import { MicrophoneError, type MicrophoneOptions } from "../src/audio/microphone.ts";
import { type Limits, WHOLE } from "../src/audio/sender.ts";
import { type Reason, Uplink } from "../src/audio/uplink.ts";

/** An uplink with a microphone and a kernel that are scripts. */
function stage({ limits = WHOLE, rest = true }: { limits?: Limits; rest?: boolean } = {}) {
  const did: string[] = [];
  let options: MicrophoneOptions | undefined;
  let ready: () => void = () => undefined;
  const begun = new Promise<void>((done) => (ready = done));
  const kernel = { fails: false, refuses: false };
  const wire = {
    begin: async (label: string) => {
      did.push(`begin ${label}`);
      await begun;
      if (kernel.refuses) throw new Error("No room.");
    },
    send: (seq: number, frame: ArrayBuffer) => {
      if (kernel.fails) throw new Error("Cannot send");
      did.push(`${seq}: ${frame.byteLength}`);
    },
    failed: (error: Error) => void did.push(`failed ${error.message}`),
    ending: (reason: Reason) => {
      did.push(`ending ${reason}`);
      uplink.stop(reason);
    },
    stopped: (why: string, removed: boolean) => void did.push(`stopped ${why} ${removed}`),
  };
  const open = async (given: MicrophoneOptions) => {
    options = given;
    return {
      label: "Desk",
      level: () => 0.5,
      pause: () => undefined,
      resume: () => undefined,
      stop: () => given.onFrame(new Int16Array(3)),
    };
  };
  const uplink: Uplink = new Uplink({ rate: 1000, frameMs: 100, limits, rest }, wire, () => undefined, open);
  const frame = () => options?.onFrame(new Int16Array(100));
  return { uplink, did, frame, kernel, ready, unplug: () => options?.onEnded("device") };
}

const settled = () => new Promise((done) => setTimeout(done, 1));

test("frames wait until the kernel is ready, and the rest follows the last one", async () => {
  const { uplink, did, frame, ready } = stage();
  const started = uplink.start();
  await settled();
  frame();
  frame();
  assert.deepEqual(did, ["begin Desk"]);
  ready();
  await started;
  frame();
  assert.equal(uplink.stop("", { removed: true }), 4);
  assert.deepEqual(did.slice(1), ["1: 200", "2: 200", "3: 200", "4: 6", "stopped  true"]);
  frame(); // belongs to nothing any more
  assert.equal(did.length, 6);
});

test("without its rest it ends with the last whole frame", async () => {
  const { uplink, did, frame, ready } = stage({ rest: false });
  ready();
  await uplink.start();
  frame();
  uplink.stop();
  assert.deepEqual(did, ["begin Desk", "1: 200", "stopped  false"]);
});

test("a kernel that refuses leaves the microphone off, and says why", async () => {
  const { uplink, did, kernel, ready } = stage();
  kernel.refuses = true;
  ready();
  await uplink.start();
  assert.deepEqual([did.at(-1), uplink.state, uplink.problem], ["failed No room.", "idle", "No room."]);
});

test("it ends when the device is taken away, and when the host cannot send", async () => {
  const first = stage();
  first.ready();
  await first.uplink.start();
  first.unplug();
  assert.deepEqual([first.uplink.state, first.uplink.problem, first.uplink.gone], ["idle", "device", false]);
  const second = stage();
  second.ready();
  await second.uplink.start();
  second.kernel.fails = true;
  second.frame();
  assert.deepEqual([second.uplink.state, second.uplink.problem, second.uplink.gone], ["idle", "gone", true]);
});

test("a busy kernel is waited for: what is held and lost is told", async () => {
  const { uplink, did, frame, ready } = stage({ limits: { window: 2, held: 3, patience: 1000 } });
  ready();
  await uplink.start();
  for (let i = 0; i < 7; i++) frame();
  assert.deepEqual([did.length, uplink.held, uplink.lost], [3, 3, 0.2]);
  uplink.ack(2);
  frame();
  assert.deepEqual([did.length, uplink.held], [5, 2]);
});

test("a microphone that is not allowed is no recording", async () => {
  const did: string[] = [];
  const wire = {
    begin: () => void did.push("begin"),
    send: () => undefined,
    failed: (error: Error) => void did.push((error as MicrophoneError).kind),
    ending: () => undefined,
  };
  const refused = async () => {
    throw new MicrophoneError("NotAllowedError", "Not here.");
  };
  const uplink = new Uplink({ rate: 1000, frameMs: 100, limits: WHOLE, rest: true }, wire, () => undefined, refused);
  await uplink.start();
  assert.deepEqual([did, uplink.state, uplink.problem], [["NotAllowedError"], "idle", "Not here."]);
});

// The page's microphone, or both sides of a call, as the audio source of a streaming session; one device, however many
// views show the captions.
import { openCall } from "../audio/call.ts";
import { MICROPHONE_OFF, type MicrophoneError, openMicrophone } from "../audio/microphone.ts";
import { LIVE } from "../audio/sender.ts";
import { type Reason, Uplink } from "../audio/uplink.ts";
import type { Comm } from "../host.ts";

const FRAME_MS = 100;
const WHY: Record<Reason, string> = {
  device: "The microphone was taken away: unplugged, or no longer allowed.",
  share:
    "Sharing has ended, so the session is paused; nothing is recorded or billed. What was said so far is kept. Share the sound again to " +
    "go on.",
  gone: MICROPHONE_OFF,
  unanswered: "The kernel does not answer any more, so the microphone was switched off.",
  longest: "",
};

/** `call`: both sides, in frames of two channels. */
export function sessionMicrophone(comm: Comm, rate: number, call: boolean, changed: () => void): Uplink {
  let lost: Reason | undefined;
  const tell = (state: string, details: Record<string, unknown>) => {
    try {
      comm.send({ type: "microphone", state, ...details });
    } catch {
      // The host cannot send to a kernel that is gone.
    }
  };
  const wire = {
    begin: (label: string) => tell("on", { label }),
    send: (seq: number, frame: ArrayBuffer) => comm.send({ type: "audio", seq }, undefined, [frame]),
    failed: ({ kind, message }: MicrophoneError) => tell("denied", { kind, detail: message }),
    ending: (reason: Reason) => {
      lost = reason;
      uplink.stop(WHY[reason]);
      lost = undefined;
    },
    stopped: (why: string, removed: boolean) => tell("off", { detail: why, removed, lost }),
  };
  // A rest shorter than a frame is not worth sending, but for a call, which goes on after it.
  const options = { rate, frameMs: FRAME_MS, limits: LIVE, rest: call };
  const uplink: Uplink = new Uplink(options, wire, changed, call ? openCall : openMicrophone);
  return uplink;
}

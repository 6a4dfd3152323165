// The page's microphone as the audio source of a streaming session; one device, however many views show the captions.
import { MICROPHONE_OFF, type MicrophoneError } from "../audio/microphone.ts";
import { LIVE } from "../audio/sender.ts";
import { type Reason, Uplink } from "../audio/uplink.ts";
import type { Comm } from "../host.ts";

const FRAME_MS = 100;
const WHY: Record<Reason, string> = {
  device: "The microphone was taken away: unplugged, or no longer allowed.",
  gone: MICROPHONE_OFF,
  unanswered: "The kernel does not answer any more, so the microphone was switched off.",
  longest: "",
};

export function sessionMicrophone(comm: Comm, rate: number, changed: () => void): Uplink {
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
    ending: (reason: Reason) => void uplink.stop(WHY[reason]),
    stopped: (why: string, removed: boolean) => tell("off", { detail: why, removed }),
  };
  // A rest shorter than a frame is not worth sending.
  const uplink: Uplink = new Uplink({ rate, frameMs: FRAME_MS, limits: LIVE, rest: false }, wire, changed);
  return uplink;
}

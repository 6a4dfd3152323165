// Both sides of a call as frames of two channels: the microphone, and what a tab or the computer plays. The user chooses
// that in the browser's own dialog. Its picture is stopped at once.
import { Framer } from "./framer.ts";
import {
  askForMicrophone,
  describeMicrophoneError,
  letGo,
  type Microphone,
  MicrophoneError,
  type MicrophoneOptions,
} from "./microphone.ts";
import { openTap, type Tap } from "./tap.ts";

/** Frames of several channels, interleaved; all channels are pushed alike, so their frames fill at the same time. */
export class ChannelsFramer {
  private readonly framers: Framer[];
  private readonly waiting: Int16Array[] = [];

  constructor(
    channels: number,
    from: number,
    to: number,
    size: number,
    done: (frame: Int16Array<ArrayBuffer>) => void,
  ) {
    this.framers = Array.from(
      { length: channels },
      () =>
        new Framer(from, to, size, (frame) => {
          this.waiting.push(frame);
          if (this.waiting.length === channels) done(interleave(this.waiting.splice(0)));
        }),
    );
  }

  get levels(): number[] {
    return this.framers.map((framer) => framer.rms);
  }

  push(blocks: readonly Float32Array[]): void {
    this.framers.forEach((framer, k) => {
      framer.push(blocks[k]);
    });
  }

  flush(): void {
    for (const framer of this.framers) framer.flush();
  }
}

export function interleave(channels: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const made = new Int16Array(channels.length * channels[0].length);
  channels.forEach((channel, k) => {
    for (let i = 0; i < channel.length; i++) made[i * channels.length + k] = channel[i];
  });
  return made;
}

/** Asks for the sound of a tab, a window or the whole computer. Only in a click: browsers refuse it otherwise. */
async function askForShare(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getDisplayMedia)
    throw new MicrophoneError("NotSupportedError", window.isSecureContext ? NO_SHARING : INSECURE);
  const options: Record<string, unknown> = {
    video: { width: 16, height: 16, frameRate: 1 }, // browsers share no sound without a picture
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      suppressLocalAudioPlayback: false,
    },
    systemAudio: "include",
    surfaceSwitching: "include",
  };
  const stream = await navigator.mediaDevices.getDisplayMedia(options as DisplayMediaStreamOptions);
  for (const track of stream.getVideoTracks()) {
    track.stop();
    stream.removeTrack(track);
  }
  if (stream.getAudioTracks().length) return stream;
  letGo(stream);
  throw new MicrophoneError("NoSound", NO_SOUND);
}

const NO_SHARING =
  "This browser cannot share the computer's sound: Chrome and Edge can, Firefox and Safari cannot. Or let the kernel's machine listen: " +
  "%aai_stream --device default --computer.";
const INSECURE =
  "Browsers share sound with https pages and with localhost only. Open the notebook under https, or tunnel it: ssh -L 8888:localhost:8888 HOST.";
const NO_SOUND =
  "What was shared has no sound. Share the tab of the call with “Also share tab audio” on, or the whole screen with “Also share system " +
  "audio” on (Windows, ChromeOS, newer macOS). Windows alone have no sound.";
const DENIED =
  "Nothing was shared, so nothing is recorded. Press “Share the sound” again and choose the tab of the call, with its sound. If the " +
  "browser never asks, the page may not share: VS Code's notebooks cannot, and a proxy may forbid it with a Permissions-Policy header.";

function describeShareError(error: unknown): MicrophoneError {
  if (error instanceof MicrophoneError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "Error";
  if (name === "NotAllowedError" || name === "AbortError") return new MicrophoneError(name, DENIED);
  if (name === "NotFoundError" || name === "NotSupportedError") return new MicrophoneError(name, NO_SHARING);
  const own = error instanceof Error || error instanceof DOMException ? error.message : String(error);
  return new MicrophoneError(name, `The sound could not be shared: ${name}${own ? `: ${own}` : ""}.`);
}

/** Opens both sides: channel 1 is the microphone, channel 2 what is shared. */
export async function openCall(options: MicrophoneOptions): Promise<Microphone> {
  let share: MediaStream | undefined;
  let voice: MediaStream | undefined;
  let tap: Tap | undefined;
  const close = () => {
    letGo(voice, share);
    tap?.close();
  };
  try {
    share = await askForShare().catch((error: unknown) => {
      throw describeShareError(error);
    });
    // Loudspeakers are heard by the microphone, too: the browser takes away what it plays itself.
    voice = await askForMicrophone({ echo: true, noise: false, gain: false }, options.deviceId);
    let paused = false;
    let stopped = false;
    let framer: ChannelsFramer | undefined;
    const size = Math.round((options.rate * options.frameMs) / 1000);
    tap = await openTap([voice, share], options.rate, (blocks) => {
      if (!paused && !stopped) framer?.push(blocks);
    });
    const made = new ChannelsFramer(2, tap.rate, options.rate, size, options.onFrame);
    framer = made;
    const stop = () => {
      stopped = true;
      made.flush();
      close();
    };
    const tracks = [voice, share].map((stream) => stream.getAudioTracks()[0]);
    tracks.forEach((track, k) => {
      track.addEventListener("ended", () => {
        if (stopped) return;
        stop();
        options.onEnded(k ? "share" : "device");
      });
    });
    if (tracks.some((track) => track.readyState === "ended")) {
      stop();
      throw new MicrophoneError("Ended", "Sharing was stopped before it began.");
    }
    const levels = () => (paused || stopped ? [0, 0] : made.levels);
    return {
      label: tracks[0].label || "microphone",
      level: () => Math.max(...levels()),
      levels,
      pause: () => (paused = true),
      resume: () => (paused = false),
      stop: () => {
        if (!stopped) stop();
      },
    };
  } catch (error) {
    close();
    throw describeMicrophoneError(error);
  }
}

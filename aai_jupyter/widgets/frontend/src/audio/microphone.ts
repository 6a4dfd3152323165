// The page's microphone as Int16 frames. An AudioWorklet and not MediaRecorder: what it gives is what the wire
// takes, with nothing to decode and an exact clock.
import { Framer } from "./framer.ts";
import { openTap, type Tap } from "./tap.ts";

export const MICROPHONE_OFF = "The kernel is gone, so the microphone was switched off.";

/** What has gone: the microphone, or the sound that the user had shared. */
export type Lost = "device" | "share";

export interface MicrophoneOptions {
  /** Samples per second of the frames. */
  rate: number;
  frameMs: number;
  deviceId?: string;
  /** Let the browser cancel echo, suppress noise and level: changes the sound, so only when asked for. */
  processing?: boolean;
  onFrame(frame: Int16Array<ArrayBuffer>): void;
  /** The device was unplugged, or the permission taken back; or the user has stopped sharing. */
  onEnded(which: Lost): void;
}

export interface Microphone {
  /** Name of the device. */
  readonly label: string;
  /** Loudness of the last frame: root mean square, 0 to 1. */
  level(): number;
  /** The same for each channel of frames that have several. */
  levels?(): number[];
  /** Gives no frames until `resume`; the device stays open. */
  pause(): void;
  resume(): void;
  /** Lets go of the device, after giving what is not a whole frame yet, as a short one. */
  stop(): void;
}

/** Why there is no microphone, in words for people. */
export class MicrophoneError extends Error {
  constructor(
    /** The browser's name of the error, such as NotAllowedError. */
    readonly kind: string,
    text: string,
  ) {
    super(text);
  }
}

/** The device's sound; the browser asks the user. `processing`: it cancels echo, suppresses noise and levels. */
export async function askForMicrophone(
  processing: { echo: boolean; noise: boolean; gain: boolean },
  deviceId?: string,
): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new DOMException("", window.isSecureContext ? "NotSupportedError" : "InsecureContext");
  return navigator.mediaDevices.getUserMedia({
    audio: {
      channelCount: 1,
      echoCancellation: processing.echo,
      noiseSuppression: processing.noise,
      autoGainControl: processing.gain,
      ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
    },
  });
}

export function letGo(...streams: (MediaStream | undefined)[]): void {
  for (const stream of streams) for (const track of stream?.getTracks() ?? []) track.stop();
}

export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  let stream: MediaStream | undefined;
  let tap: Tap | undefined;
  const close = () => {
    letGo(stream);
    tap?.close();
  };
  try {
    const wanted = Boolean(options.processing);
    stream = await askForMicrophone({ echo: wanted, noise: wanted, gain: wanted }, options.deviceId);
    let paused = false;
    let stopped = false;
    let framer: Framer | undefined;
    tap = await openTap([stream], options.rate, ([block]) => {
      if (!paused && !stopped) framer?.push(block);
    });
    framer = new Framer(tap.rate, options.rate, Math.round((options.rate * options.frameMs) / 1000), options.onFrame);
    const made = framer;
    const [track] = stream.getAudioTracks();
    track.addEventListener("ended", () => {
      if (stopped) return;
      stopped = true;
      made.flush();
      close();
      options.onEnded("device");
    });
    return {
      label: track.label || "microphone",
      level: () => (paused || stopped ? 0 : made.rms),
      pause: () => (paused = true),
      resume: () => (paused = false),
      stop: () => {
        if (stopped) return;
        stopped = true;
        made.flush();
        close();
      },
    };
  } catch (error) {
    close();
    throw describeMicrophoneError(error);
  }
}

/** Says what to do about an error of `openMicrophone`. */
export function describeMicrophoneError(error: unknown): MicrophoneError {
  if (error instanceof MicrophoneError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "Error";
  const own = error instanceof Error || error instanceof DOMException ? error.message : String(error);
  const texts: Record<string, string> = {
    NotAllowedError:
      "The microphone is not allowed here. Allow it for this page in the browser's address bar and press the microphone again. If the " +
      "browser never asks, the page may not record: VS Code's notebooks cannot, and a proxy may forbid it with a Permissions-Policy header.",
    InsecureContext:
      "Browsers give the microphone to https pages and to localhost only. Open the notebook under https, or tunnel it: ssh -L 8888:localhost:8888 HOST.",
    NotFoundError: "There is no microphone on this computer. Connect one and press the microphone again.",
    OverconstrainedError: "That microphone is gone. Choose another one.",
    NotReadableError: "The microphone is in use by another program, or the system does not let the browser have it.",
    NotSupportedError: "This browser cannot record from a microphone.",
    SecurityError: "The page's security settings forbid the microphone.",
    AbortError: "The microphone could not be started: the page's security settings (CSP) may forbid audio worklets.",
  };
  return new MicrophoneError(
    name,
    texts[name] ?? `The microphone could not be started: ${name}${own ? `: ${own}` : ""}.`,
  );
}

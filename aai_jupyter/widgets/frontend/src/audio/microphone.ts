// The page's microphone as Int16 frames. An AudioWorklet and not MediaRecorder: what it gives is what the wire
// takes, with nothing to decode and an exact clock.
import { Framer } from "./framer.ts";

export const MICROPHONE_OFF = "The kernel is gone, so the microphone was switched off.";

export interface MicrophoneOptions {
  /** Samples per second of the frames. */
  rate: number;
  frameMs: number;
  deviceId?: string;
  /** Let the browser cancel echo, suppress noise and level: changes the sound, so only when asked for. */
  processing?: boolean;
  onFrame(frame: Int16Array<ArrayBuffer>): void;
  /** The device was unplugged, or the permission taken back. */
  onEnded(): void;
}

export interface Microphone {
  /** Name of the device. */
  readonly label: string;
  /** Loudness of the last frame: root mean square, 0 to 1. */
  level(): number;
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

const WORKLET = `registerProcessor("aai-tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.size = Math.round(sampleRate / 20); this.block = new Float32Array(this.size); this.filled = 0; }
  process(inputs) {
    const input = inputs[0];
    if (!input.length) return true;
    for (let i = 0; i < input[0].length; i++) {
      let sum = 0;
      for (const channel of input) sum += channel[i];
      this.block[this.filled++] = sum / input.length;
      if (this.filled === this.size) {
        this.port.postMessage(this.block, [this.block.buffer]);
        this.block = new Float32Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
});`;

export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  let stream: MediaStream | undefined;
  let context: AudioContext | undefined;
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (context && context.state !== "closed") void context.close();
  };
  try {
    if (!navigator.mediaDevices?.getUserMedia)
      throw new DOMException("", window.isSecureContext ? "NotSupportedError" : "InsecureContext");
    const wanted = Boolean(options.processing);
    stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        channelCount: 1,
        echoCancellation: wanted,
        noiseSuppression: wanted,
        autoGainControl: wanted,
        ...(options.deviceId ? { deviceId: { exact: options.deviceId } } : {}),
      },
    });
    let source: MediaStreamAudioSourceNode;
    try {
      context = new AudioContext({ sampleRate: options.rate });
      source = context.createMediaStreamSource(stream);
    } catch {
      void context?.close();
      context = new AudioContext(); // a browser that does not resample what comes from a device
      source = context.createMediaStreamSource(stream);
    }
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    try {
      await context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
    const tap = new AudioWorkletNode(context, "aai-tap", { numberOfOutputs: 0 });
    let paused = false;
    let stopped = false;
    const framer = new Framer(
      context.sampleRate,
      options.rate,
      Math.round((options.rate * options.frameMs) / 1000),
      options.onFrame,
    );
    tap.port.onmessage = (event) => {
      if (!paused && !stopped) framer.push(event.data as Float32Array);
    };
    const [track] = stream.getAudioTracks();
    track.addEventListener("ended", () => {
      if (stopped) return;
      stopped = true;
      framer.flush();
      close();
      options.onEnded();
    });
    source.connect(tap);
    if (context.state === "suspended") await context.resume();
    return {
      label: track.label || "microphone",
      level: () => (paused || stopped ? 0 : framer.rms),
      pause: () => (paused = true),
      resume: () => (paused = false),
      stop: () => {
        if (stopped) return;
        stopped = true;
        framer.flush();
        tap.port.onmessage = null;
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

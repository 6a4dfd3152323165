// Sound of devices as blocks of samples, on one clock: a context takes all of them, and one worklet hears them together.

const WORKLET = `registerProcessor("aai-tap", class extends AudioWorkletProcessor {
  constructor({ numberOfInputs }) {
    super();
    this.size = Math.round(sampleRate / 20);
    this.filled = 0;
    this.blocks = Array.from({ length: numberOfInputs }, () => new Float32Array(this.size));
  }
  process(inputs) {
    const length = Math.max(...inputs.map((input) => (input.length ? input[0].length : 0)));
    for (let i = 0; i < length; i++) {
      for (let k = 0; k < inputs.length; k++) {
        let sum = 0;
        for (const channel of inputs[k]) sum += channel[i];
        this.blocks[k][this.filled] = inputs[k].length ? sum / inputs[k].length : 0;
      }
      if (++this.filled < this.size) continue;
      this.port.postMessage(this.blocks, this.blocks.map((block) => block.buffer));
      this.blocks = this.blocks.map(() => new Float32Array(this.size));
      this.filled = 0;
    }
    return true;
  }
});`;

export interface Tap {
  /** Samples per second of the blocks. */
  readonly rate: number;
  close(): void;
}

/**
 * Gives blocks of 50 ms, one for each stream and each mixed down to one channel: the samples at one place of all blocks
 * were heard at once, as the browser fits what devices give to the clock of the context. A stream that gives nothing is
 * silent meanwhile.
 */
export async function openTap(
  streams: readonly MediaStream[],
  rate: number,
  onBlocks: (blocks: Float32Array[]) => void,
): Promise<Tap> {
  let context: AudioContext | undefined;
  try {
    let sources: MediaStreamAudioSourceNode[];
    try {
      context = new AudioContext({ sampleRate: rate });
      sources = streams.map((stream) => (context as AudioContext).createMediaStreamSource(stream));
    } catch {
      void context?.close();
      const own = new AudioContext(); // a browser that does not resample what comes from a device
      context = own;
      sources = streams.map((stream) => own.createMediaStreamSource(stream));
    }
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    try {
      await context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
    const tap = new AudioWorkletNode(context, "aai-tap", { numberOfInputs: streams.length, numberOfOutputs: 0 });
    tap.port.onmessage = (event) => onBlocks(event.data as Float32Array[]);
    sources.forEach((source, k) => void source.connect(tap, 0, k));
    if (context.state === "suspended") await context.resume();
    const opened = context;
    return {
      rate: opened.sampleRate,
      close: () => {
        tap.port.onmessage = null;
        if (opened.state !== "closed") void opened.close();
      },
    };
  } catch (error) {
    if (context && context.state !== "closed") void context.close();
    throw error;
  }
}

// Puts one player on the page, into the place that the page's shell asks for.
import { FakeModel } from "./fake_model.js";
import { place } from "./place.js";
import { makeKernel, peaksOf, traitsOf } from "./fake_kernel.js";

async function start() {
  const recording = await (await fetch(`recordings/${document.body.dataset.recording}.json`)).json();
  const rate = recording.sample_rate;
  const has = recording.meta.has_audio !== "none";
  const pcm = has ? new Int16Array(await (await fetch("two_readers.pcm")).arrayBuffer()) : new Int16Array(0);
  // A recording longer than the sound at hand repeats it.
  const sound = (from, to) => {
    const end = Math.min(to, Math.floor((recording.meta.duration / 1000) * rate));
    const out = new Int16Array(Math.max(0, end - from));
    for (let i = 0; i < out.length; i++) out[i] = pcm[(from + i) % pcm.length];
    return out;
  };
  const peaks = recording.repeat_peaks
    ? Int8Array.from({ length: 8000 }, (_, i) => (i % 2 ? 1 : -1) * (20 + ((i * 7919) % 90)))
    : peaksOf(pcm, 2000);
  const kernel = makeKernel(recording, sound, rate);
  const model = new FakeModel(
    {
      _view: "player", meta: recording.meta, peaks: new DataView(peaks.buffer), current_time: 0, playing: false,
      rate: 1, follow: true, selection: null, revision: 0, history: { undo: null, redo: null }, ...traitsOf(recording),
    },
    kernel,
  );
  const parent = await place();
  const module = await import("./aai.js");
  window.model = model;
  window.payload = Object.values(model.traits).reduce(
    (sum, one) => sum + (one instanceof DataView ? one.byteLength : new TextEncoder().encode(JSON.stringify(one) ?? "").length), 0);
  const before = performance.now();
  window.dispose = module.default.render({ model, el: parent });
  parent.getBoundingClientRect();
  window.firstLayout = performance.now() - before;
  window.paintStart = before;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (window.firstPaint = performance.now() - before);
    channel.port2.postMessage(0);
  });
}

start();

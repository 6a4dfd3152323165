// Ten hours in wavesurfer.js: with peaks and a region per turn, or (?decode=1) the way it goes by itself.
import WaveSurfer from "./wavesurfer.esm.js";
import Regions from "./regions.esm.js";

const { duration, regions } = await (await fetch("wavesurfer.json")).json();
const peaks = Float32Array.from({ length: 8000 }, (_, i) => ((i % 2 ? 1 : -1) * (20 + ((i * 7919) % 90))) / 128);
const decode = location.search.includes("decode");
window.payload = peaks.byteLength / 4 + new TextEncoder().encode(JSON.stringify(regions)).length; // peaks: a byte each
const COLOURS = ["#1976d233", "#c77c0233", "#2e7d3233", "#8e24aa33"];
const before = performance.now();
const plugin = Regions.create();
const player = WaveSurfer.create({
  container: "#cell", url: "long.mp3", plugins: [plugin], ...(decode ? {} : { peaks: [peaks], duration }),
});
window.player = player;
player.on("error", (error) => (window.failed = String(error)));
const painted = () => new Promise((done) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done(performance.now() - before);
  channel.port2.postMessage(0);
}));
player.on("ready", async () => {
  window.firstPaint = await painted();
  // Colours and no labels: labels are moved apart, one by one.
  for (const { start, end, speaker } of regions) {
    plugin.addRegion({ start, end, drag: false, resize: false, color: COLOURS[speaker.charCodeAt(0) % COLOURS.length] });
  }
  // They come one by one, each with a layout of its own; those at the very edge count as out of view.
  const there = () => document.querySelector("#cell > div").shadowRoot.querySelectorAll("[part~=region]").length;
  while (there() < 0.99 * regions.length) await new Promise((done) => setTimeout(done, 50));
  window.complete = await painted();
});

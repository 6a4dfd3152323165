// A player, and below it an answer or a chat, as they stand in one notebook. Tests play the kernel of the latter:
// they read `asked.sent` and call `asked.push`.
import { FakeModel } from "./fake_model.js";
import { place } from "./place.js";
import { makeKernel, peaksOf, traitsOf } from "./fake_kernel.js";

async function json(name) {
  return (await fetch(`recordings/${name}.json`)).json();
}

async function start() {
  const { recording, traits } = document.body.dataset;
  const module = await import("./aai.js");
  if (recording) {
    const one = await json(recording);
    const pcm = new Int16Array(await (await fetch("two_readers.pcm")).arrayBuffer());
    const sound = (from, to) => pcm.slice(from, to);
    window.player = new FakeModel(
      {
        _view: "player", meta: one.meta, peaks: new DataView(peaksOf(pcm, 2000).buffer), current_time: 0, playing: false,
        rate: 1, follow: true, selection: null, revision: 0, history: { undo: null, redo: null }, ...traitsOf(one),
      },
      makeKernel(one, sound, one.sample_rate),
    );
    module.default.render({ model: window.player, el: await place("#player") });
  }
  window.players = 0;
  window.refuse = "";
  window.asked = new FakeModel(await json(traits), async (message) => {
    if (window.refuse) throw new Error(window.refuse);
    return { reply: { players: window.players } };
  });
  window.dispose = module.default.render({ model: window.asked, el: await place("#asked") });
  window.started = true;
}

start();

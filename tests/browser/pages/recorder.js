// Puts a dictation's recorder on the page; `window.model` plays the kernel.
import { FakeModel } from "./fake_model.js";
import { place } from "./place.js";

const query = new URLSearchParams(location.search);
const model = new FakeModel(
  {
    _view: "recorder", state: "idle", texts: [], problem: "", held: false, figures: {},
    meta: {
      id: String(Math.random()), rate: 16000, longest: 120, device: query.get("device") ?? "", price: 0.3, local: false, where: "AssemblyAI",
      warnings: [],
    },
  },
  () => ({ reply: { ok: true } }),
);
const parent = await place();
const module = await import("./aai.js");
window.model = model;
window.show = () => module.default.render({ model, el: parent });
window.dispose = window.show();

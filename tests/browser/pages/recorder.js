// Puts a dictation's recorder on the page; `window.model` plays the kernel.
import { FakeModel } from "./fake_model.js";

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
let parent = document.querySelector("#cell");
let sheetHome = document.head;
if (document.body.dataset.shell === "shadow") {
  parent = parent.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
  sheetHome = parent.parentNode;
}
const sheet = document.createElement("style");
sheet.textContent = await (await fetch("aai.css")).text();
sheetHome.append(sheet);
const module = await import("./aai.js");
window.model = model;
window.show = () => module.default.render({ model, el: parent });
window.dispose = window.show();

// Puts live captions on the page; `window.model` plays the kernel.
import { FakeModel } from "./fake_model.js";
import { place } from "./place.js";

const options = document.body.dataset;
const theme = new URLSearchParams(location.search);
const model = new FakeModel(
  {
    _view: "captions", state: theme.get("state") ?? "open", notices: [], settings: { keyterms: ["Zarr"], prompt: "" },
    meta: {
      id: String(Math.random()), title: "Desk microphone", microphone: theme.has("mic"), rate: 16000, model: "universal-3-6-pro",
      price: 0.57, prompts: true, computer: theme.has("call"), sides: theme.has("call") ? ["You", "Computer"] : [],
    },
    figures: { sound: 94.2, billed: 97, cost: 0.0154, partial: 1.1, final: 0.62, lost: 0, level: 0.12, levels: theme.has("call") ? [0.12, 0.03] : [0.12] },
  },
  ({ type }) => (type === "ready" ? { reply: { turns: window.turns ?? [] } } : { reply: { ok: true } }),
);
const parent = await place();
const module = await import("./aai.js");
window.model = model;
window.tell = (turns, removed = []) => model.emit("msg:custom", { type: "turns", turns, removed }, []);
window.dispose = module.default.render({ model, el: parent });

// The studio: recordings in, options, a run, transcripts out. The kernel decides; here it is drawn.
import { Channel } from "../channel.ts";
import { label } from "../data/safe.ts";
import { listen, type RenderContext } from "../host.ts";
import { renderPlayer } from "../player/player.ts";
import { h, keepKeys } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { Nested } from "../ui/nested.ts";
import { Theme } from "../ui/theme.ts";
import { type FileEntry, Files } from "./files.ts";
import { type Field, Form } from "./form.ts";
import { Microphone } from "./microphone.ts";
import { Results, type Row } from "./results.ts";

interface Plan {
  problems?: string[];
  warnings?: string[];
  cell?: string;
  price?: { text?: string; items?: [string, number][]; unknown?: string[] };
}

const READY_PATIENCE = 6000;

export function renderStudio({ model, el }: RenderContext): () => void {
  const root = h("div", {
    class: "aai aai-studio",
    tabindex: "0",
    role: "group",
    "aria-label": "Transcription studio",
  });
  const status = h("div", { class: "aai-notice", role: "status", hidden: true });
  keepKeys(root);
  el.append(root);
  const theme = new Theme(root, el, () => undefined);
  const notice = (text: string) => {
    status.textContent = label(text, 400);
    status.hidden = !text;
  };
  const channel = new Channel(model, (message) => {
    if (message.type === "notice") notice(String(message.text ?? ""));
  });
  const ask = (type: string, payload: Record<string, unknown> = {}, buffers: ArrayBuffer[] = [], patience = 60_000) =>
    channel.request(type, payload, patience, buffers);
  const tell = (work: Promise<unknown>) => void work.catch((error: Error) => notice(error.message));

  const engine = h("span", { class: "aai-facts" });
  const files = new Files(ask, notice);
  const microphone = new Microphone(ask, notice);
  const form = new Form(() => tell(ask("options", { values: form.values() })));
  const price = h("span", { class: "aai-studio-price" });
  const run = h(
    "button",
    { class: "aai-text-button aai-primary", type: "button", on: { click: () => toggle() } },
    icon("play"),
    h("span", { text: "Transcribe" }),
  );
  const problems = h("div", { class: "aai-studio-problems", role: "alert", hidden: true });
  const code = h("pre", { class: "aai-studio-cell", tabindex: "0", "aria-label": "The same as a cell" });
  const copy = h("button", { class: "aai-text-button", type: "button", text: "Copy", on: { click: () => copyCell() } });
  const cell = h("details", { class: "aai-studio-details" }, h("summary", { text: "Show the cell" }), code, copy);
  const results = new Results((index) => tell(ask("open", { index })));
  const player = new Nested(model, renderPlayer, "aai-studio-player");

  root.append(
    h(
      "div",
      { class: "aai-bar" },
      h("div", { class: "aai-what" }, h("span", { class: "aai-heading", text: "Studio" }), engine),
    ),
    h("div", { class: "aai-studio-in" }, files.element, microphone.element),
    form.element,
    h("div", { class: "aai-bar aai-studio-go" }, run, price),
    problems,
    status,
    results.element,
    player.element,
    cell,
  );

  function toggle(): void {
    notice("");
    tell(ask(model.get("running") ? "stop" : "run", {}));
  }

  function copyCell(): void {
    const text = code.textContent ?? "";
    // Some hosts give no clipboard to widgets: then the text is selected, and Ctrl-C copies it.
    const select = () => {
      const range = document.createRange();
      range.selectNodeContents(code);
      const selection = getSelection();
      selection?.removeAllRanges();
      selection?.addRange(range);
    };
    if (!navigator.clipboard) select();
    else navigator.clipboard.writeText(text).then(() => notice("Copied."), select);
  }

  function draw(): void {
    const plan = (model.get("plan") ?? {}) as Plan;
    const running = model.get("running") === true;
    const known = Array.from((model.get("files") as FileEntry[]) ?? []);
    files.show(known);
    const runs = model.get("engine") as { label?: string; local?: boolean } | undefined;
    engine.textContent = label(runs?.label ?? "");
    root.classList.toggle("aai-free", runs?.local === true);
    code.textContent = String(plan.cell ?? "");
    price.textContent = label(plan.price?.text ?? "");
    const parts = (plan.price?.items ?? []).map(([name, usd]) => `${name} $${Number(usd).toFixed(2)}`);
    const unknown = plan.price?.unknown ?? [];
    if (unknown.length) parts.push(`without a public price: ${unknown.join(", ")}`);
    price.title = label(parts.join(" + "), 500);
    const lines = [...(plan.problems ?? []), ...(plan.warnings ?? [])];
    problems.replaceChildren(...lines.map((line) => h("div", { text: label(line, 500) })));
    problems.hidden = !lines.length;
    run.disabled = !running && (!known.length || !!plan.problems?.length);
    run.title = known.length || running ? "" : "Add a recording first";
    run.querySelector("span")!.textContent = running ? "Stop waiting" : "Transcribe";
    run.querySelector("svg")!.replaceWith(icon(running ? "stop" : "play"));
    root.toggleAttribute("data-running", running);
  }

  const drawPlayer = () => player.show(String(model.get("opened") ?? ""));

  const heard: (() => void)[] = [];
  const on = (name: string, act: () => void) => heard.push(listen(model, `change:${name}`, act));
  for (const name of ["plan", "files", "engine", "running"]) on(name, draw);
  const drawRows = () => results.show(Array.from((model.get("rows") as Row[]) ?? []));
  on("rows", drawRows);
  on("form", () => form.show(Array.from((model.get("form") as Field[]) ?? [])));
  on("opened", () => tell(drawPlayer()));
  form.show(Array.from((model.get("form") as Field[]) ?? []));
  draw();
  drawRows();
  tell(drawPlayer());
  ask("ready", {}, [], READY_PATIENCE).then(
    ({ message }) => form.fill((message.values ?? {}) as Record<string, unknown>),
    (error: Error) => root.isConnected && notice(error.message),
  );

  return () => {
    for (const stop of heard) stop();
    player.dispose();
    microphone.dispose();
    files.dispose();
    channel.tell("gone");
    channel.dispose();
    theme.dispose();
    root.remove();
  };
}

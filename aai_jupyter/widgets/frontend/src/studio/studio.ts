// The studio view: recordings in, options, a run, transcripts out. The kernel decides; here it is drawn.
import { label } from "../data/safe.ts";
import { greet } from "../greeting.ts";
import { renderPlayer } from "../player/player.ts";
import type { StudioTraits } from "../traits/studio.ts";
import { textButton } from "../ui/button.ts";
import { copy } from "../ui/copy.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { swapIcon } from "../ui/icons.ts";
import { Nested } from "../ui/nested.ts";
import { Notice } from "../ui/notice.ts";
import { renderer, type View } from "../view.ts";
import { Files } from "./files.ts";
import { Form } from "./form.ts";
import { RecordingControls } from "./recording.ts";
import { Results } from "./results.ts";

export const renderStudio = renderer({ name: "studio", label: "Transcription studio" }, (view: View<StudioTraits>) => {
  const { model, root, channel, signal } = view;
  const line = new Notice(signal);
  const notice = (text: string) => line.show(text, true); // until something else happens
  channel.onMessage = (message) => {
    if (message.type === "notice") notice(String(message.text ?? ""));
  };
  const ask = (type: string, payload: Record<string, unknown> = {}, buffers: ArrayBuffer[] = [], patience = 60_000) =>
    channel.request(type, payload, patience, buffers);
  const tell = (work: Promise<unknown>) => void work.catch((error: Error) => notice(error.message));

  const engine = h("span", { class: "aai-facts" });
  const files = new Files(ask, notice, signal);
  const recording = new RecordingControls(ask, notice, signal);
  const form = new Form(() => tell(ask("options", { values: form.values() })));
  const price = h("span", { class: "aai-studio-price" });
  const run = textButton("Transcribe", () => toggle(), { name: "play", primary: true });
  const problems = h("div", { class: "aai-studio-problems", role: "alert", hidden: true });
  const code = h("pre", { class: "aai-studio-cell", tabindex: "0", "aria-label": "The same as a cell" });
  const cell = h(
    "details",
    { class: "aai-studio-details" },
    h("summary", { text: "Show the cell" }),
    code,
    textButton("Copy", () => void copyCell()),
  );
  const save = async (index: number, name: string, format: string) => {
    const { message } = await ask("export", { index, format });
    download(String(message.text ?? ""), name);
  };
  const results = new Results(
    (index) => tell(ask("open", { index })),
    (index, name, format) => tell(save(index, name, format)),
  );
  const player = new Nested(model, renderPlayer, "aai-studio-player", signal);

  root.append(
    h(
      "div",
      { class: "aai-bar" },
      h("div", { class: "aai-what" }, h("span", { class: "aai-heading", text: "Studio" }), engine),
    ),
    h("div", { class: "aai-studio-in" }, files.element, recording.element),
    form.element,
    h("div", { class: "aai-bar aai-studio-go" }, run, price),
    problems,
    line.element,
    results.element,
    player.element,
    cell,
  );

  function toggle(): void {
    notice("");
    tell(ask(model.get("running") ? "stop" : "run", {}));
  }

  async function copyCell(): Promise<void> {
    if (await copy(code.textContent ?? "", { shown: code })) notice("Copied.");
  }

  function draw(): void {
    const plan = model.get("plan");
    const running = model.get("running");
    const known = model.get("files");
    files.show(known);
    const runs = model.get("engine");
    engine.textContent = label(runs.label ?? "");
    root.classList.toggle("aai-free", runs.local === true);
    code.textContent = plan.cell ?? "";
    price.textContent = label(plan.price?.text ?? "");
    const parts = (plan.price?.items ?? []).map(([name, usd]) => `${name} $${Number(usd).toFixed(2)}`);
    const unknown = plan.price?.unknown ?? [];
    if (unknown.length) parts.push(`without a public price: ${unknown.join(", ")}`);
    price.title = label(parts.join(" + "), 500);
    const lines = [...(plan.problems ?? []), ...(plan.warnings ?? [])];
    problems.replaceChildren(...lines.map((text) => h("div", { text: label(text, 500) })));
    problems.hidden = !lines.length;
    run.disabled = !running && (!known.length || !!plan.problems?.length);
    run.title = known.length || running ? "" : "Add a recording first";
    run.querySelector("span")!.textContent = running ? "Stop waiting" : "Transcribe";
    swapIcon(run, running ? "stop" : "play");
    root.toggleAttribute("data-running", running);
  }

  const drawRows = () => results.show(model.get("rows"));
  const drawForm = () => form.show(model.get("form"));
  const drawPlayer = () => tell(player.show(model.get("opened")));
  view.on(["plan", "files", "engine", "running"], draw);
  view.on(["rows"], drawRows);
  view.on(["form"], drawForm);
  view.on(["opened"], drawPlayer);
  view.atEnd(() => channel.tell("gone"));
  drawForm();
  draw();
  drawRows();
  drawPlayer();
  greet(view, line.holding()).then(
    ({ message }) => form.fill((message.values ?? {}) as Record<string, unknown>),
    (error: Error) => root.isConnected && notice(error.message),
  );
});

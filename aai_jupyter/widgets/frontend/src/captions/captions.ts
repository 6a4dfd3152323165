// Live captions: puts the parts together and follows the session's state.
import { MICROPHONE_OFF } from "../audio/mic.ts";
import { Channel, GoneError } from "../channel.ts";
import { label } from "../data/safe.ts";
import { listen, type Model, type RenderContext, watchKernel } from "../host.ts";
import { h, keepKeys, press } from "../ui/dom.ts";
import { icon, swapIcon } from "../ui/icons.ts";
import { Theme } from "../ui/theme.ts";
import { type Figures, FiguresLine, meter, NO_FIGURES } from "./figures.ts";
import { Lines, type Turn } from "./lines.ts";
import { Listener } from "./listener.ts";
import { type Meta, pauseText, priceText, running, type State, stateText } from "./state.ts";
import { TermsForm } from "./terms.ts";

const READY_PATIENCE = 8000;
const METER_MS = 60;

interface Shared {
  listener: Listener;
  views: Set<() => void>;
}

/** One microphone for a session, however many views show it; let go of with the last one. */
const shared = new Map<string, Shared>();

function share(model: Model, meta: Meta, view: () => void): Shared {
  let found = shared.get(meta.id);
  if (!found) {
    const views = new Set<() => void>();
    found = { listener: new Listener(model, meta.rate, () => views.forEach((one) => one())), views };
    shared.set(meta.id, found);
  }
  found.views.add(view);
  return found;
}

function unshare(meta: Meta, view: () => void): void {
  const found = shared.get(meta.id);
  if (!found) return;
  found.views.delete(view);
  if (found.views.size) return;
  found.listener.end("", true);
  shared.delete(meta.id);
}

export function renderCaptions({ model, el }: RenderContext): () => void {
  const meta = () => model.get("meta") as Meta;
  let gone = false;
  const state = () => (gone ? "ended" : String(model.get("state"))) as State;
  const figures = () => ({ ...NO_FIGURES, ...(model.get("figures") as Partial<Figures>) });

  const root = h("div", { class: "aai aai-captions", tabindex: "0", role: "group", "aria-label": "Live captions" });
  keepKeys(root);
  el.append(root);
  const theme = new Theme(root, el, () => undefined);
  const channel = new Channel(model, (message) => onMessage(message));
  const microphone = meta().microphone ? share(model, meta(), draw) : undefined;
  const listener = microphone?.listener;

  const ask = (type: string, payload: Record<string, unknown> = {}) =>
    channel.request(type, payload).catch((error: Error) => {
      if (root.isConnected) say(error.message);
      throw error;
    });
  const act = (type: string, payload: Record<string, unknown> = {}) => void ask(type, payload).catch(() => undefined);

  const button = (name: Parameters<typeof icon>[0], text: string, click: () => void) =>
    h(
      "button",
      { type: "button", class: "aai-button", title: text, "aria-label": text, "data-icon": name, on: { click } },
      icon(name),
    );
  const micButton = button(
    "microphone",
    "Microphone on",
    () => void (listener?.state.on ? listener.end() : listener?.start()),
  );
  const pauseButton = button("pause", "Pause", () =>
    act(state() === "open" || state() === "reconnecting" ? "pause" : "resume"),
  );
  const stopButton = button("stop", "Stop: sends the rest and ends the session", () => {
    listener?.end();
    act("stop");
  });
  const termsButton = button("terms", "Key terms and prompt", () => toggleTerms());
  const heading = h("span", { class: "aai-heading" });
  const light = h("i", { class: "aai-cap-light", "aria-hidden": "true" });
  const status = h("span", { class: "aai-facts", role: "status" });
  const level = h("i", {});
  const bar = h(
    "span",
    { class: "aai-cap-meter", role: "meter", "aria-label": "Loudness", "aria-valuemin": "0", "aria-valuemax": "100" },
    level,
  );
  const line = new FiguresLine();
  const notice = h("div", { class: "aai-cap-notice", role: "alert", hidden: true });
  const release = h("button", {
    type: "button",
    class: "aai-text-button",
    text: "Disconnect meanwhile, so that nothing is billed",
    on: { click: () => act("pause", { release: true }) },
  });
  const pausedText = h("span", {});
  const paused = h("div", { class: "aai-cap-paused", role: "status", hidden: true }, pausedText, release);
  const lines = new Lines();
  const terms = new TermsForm(meta().prompts, (keyterms, prompt) => channel.request("update", { keyterms, prompt }));

  root.append(
    h(
      "div",
      { class: "aai-bar" },
      h("div", { class: "aai-what" }, light, heading, status),
      bar,
      h("div", { class: "aai-group" }, listener && micButton, pauseButton, stopButton, termsButton),
    ),
    terms.element,
    notice,
    paused,
    lines.element,
    h("div", { class: "aai-bar aai-cap-foot" }, line.element),
  );

  function toggleTerms(): void {
    terms.element.hidden = !terms.element.hidden;
    termsButton.setAttribute("aria-expanded", String(!terms.element.hidden));
  }

  let said = "";
  function say(text: string): void {
    said = text;
    draw();
  }

  function problems(): string[] {
    const found = (model.get("notices") as string[]).map((text) => label(text, 600));
    const mic = listener?.state;
    if (mic?.problem) found.push(mic.problem);
    if (mic && mic.held > 20) found.push("The kernel is busy with a cell: the sound waits here and follows.");
    if (said) found.push(label(said, 400));
    return [...new Set(found)];
  }

  function draw(): void {
    gone ||= Boolean(listener?.state.gone);
    const now = state();
    const about = meta();
    const live = running(now);
    const mic = listener?.state;
    root.dataset.state = now;
    heading.textContent = label(mic?.label || about.title || (about.microphone ? "Microphone" : ""), 80);
    status.textContent = [mic?.opening ? "asking for the microphone" : stateText(now, about), label(about.model, 60)]
      .filter(Boolean)
      .join(" · ");
    const figure = figures();
    line.show({ ...figure, lost: figure.lost + (mic?.lost ?? 0) }, priceText(about));
    const texts = problems();
    notice.hidden = !texts.length;
    if (notice.textContent !== texts.join("\n")) notice.replaceChildren(...texts.map((text) => h("div", { text })));
    paused.hidden = !pauseText(now, about);
    pausedText.textContent = pauseText(now, about);
    release.hidden = now !== "paused" || about.price === null;
    const halted = now === "paused" || now === "released";
    swapIcon(pauseButton, halted ? "play" : "pause");
    pauseButton.title = halted
      ? "Go on"
      : `Pause: no sound is sent. ${about.price === null ? "" : "The open session is still billed."}`.trim();
    pauseButton.setAttribute("aria-label", halted ? "Go on" : "Pause");
    pauseButton.disabled = !live || now === "waiting" || now === "connecting";
    stopButton.disabled = !live;
    termsButton.disabled = !live;
    if (!live) terms.element.hidden = true;
    micButton.disabled = !live || Boolean(mic?.opening);
    press(micButton, Boolean(mic?.on));
    micButton.title = mic?.on ? `Microphone off (${label(mic.label, 60)})` : "Microphone on";
    micButton.setAttribute("aria-label", micButton.title);
    const settings = model.get("settings") as { keyterms?: string[]; prompt?: string };
    terms.show(settings.keyterms ?? [], settings.prompt ?? "");
    lines.empty.textContent = live
      ? now === "waiting"
        ? "Captions appear here when the microphone is on."
        : "Captions appear here."
      : "Nothing was said.";
    listener?.pause(halted);
    if (!live && mic?.on) listener?.end();
  }

  function onMessage(message: Record<string, unknown>): void {
    if (message.type === "turns") {
      const { turns, removed } = message as unknown as { turns: Turn[]; removed?: string[] };
      lines.apply(turns, removed ?? []);
    } else if (message.type === "ack") listener?.ack(Number(message.seq));
  }

  const meterTimer = window.setInterval(() => {
    const loud = meter(listener?.state.on ? listener.level() : running(state()) ? figures().level : 0);
    level.style.width = `${Math.round(100 * loud)}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * loud)));
  }, METER_MS);
  const heard = ["state", "meta", "figures", "notices", "settings"].map((name) =>
    listen(model, `change:${name}`, () => draw()),
  );
  // The kernel is gone or was started anew: nobody hears the microphone any more, and nothing is live.
  const died = () => {
    if (gone || !running(state())) return;
    gone = true;
    if (listener?.state.on || listener?.state.opening) listener.end(MICROPHONE_OFF);
    else if (!listener?.state.problem) say("The kernel is gone, and the session with it.");
    draw();
  };
  const ready = (failed: (error: Error) => void) =>
    channel.request("ready", {}, READY_PATIENCE).then(({ message }) => {
      gone = false;
      if (listener) listener.state.gone = false;
      lines.reset((message.turns as Turn[]) ?? []);
      draw();
    }, failed);
  heard.push(watchKernel(model, died, () => void ready((error) => error instanceof GoneError && died())));

  draw();
  void ready((error) => {
    if (root.isConnected && running(state())) say(error.message);
  });
  if (listener && state() === "waiting") void listener.start();

  return () => {
    window.clearInterval(meterTimer);
    for (const stop of heard) stop();
    channel.dispose();
    theme.dispose();
    lines.dispose();
    root.remove();
    unshare(meta(), draw);
  };
}

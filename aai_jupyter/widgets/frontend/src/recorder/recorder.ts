// Press, speak, release: a button, and below it what was said.

import { dollars, meter } from "../captions/figures.ts";
import { label, visible } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { listen, type Model, type RenderContext } from "../host.ts";
import { focused, h, keepKeys } from "../ui/dom.ts";
import { icon, swapIcon } from "../ui/icons.ts";
import { Theme } from "../ui/theme.ts";
import { listenForPresses, Press } from "./press.ts";
import { type Meta, Takes } from "./take.ts";

const DRAW_MS = 60;
const LINGER_MS = 800; // the kernel sends the output anew with each text, and the view with it

interface Text {
  n: number;
  text: string;
  figures: string;
}

interface Shared {
  takes: Takes;
  views: Set<() => void>;
  /** A view had the focus at this time. */
  left: number;
  /** Nobody is there any more who could end a recording of the kernel's machine. */
  leave(): void;
}

const shared = new Map<string, Shared>();

function share(model: Model, meta: Meta, view: () => void): Shared {
  let found = shared.get(meta.id);
  if (!found) {
    const views = new Set<() => void>();
    const takes = new Takes(model, meta, () => views.forEach((one) => one()));
    const leave = () => {
      if (meta.device && model.get("state") === "recording") takes.tell("drop");
    };
    found = { takes, views, left: -Infinity, leave };
    shared.set(meta.id, found);
  }
  found.views.add(view);
  return found;
}

function unshare(meta: Meta, view: () => void): void {
  const found = shared.get(meta.id);
  found?.views.delete(view);
  setTimeout(() => {
    if (!found || found.views.size || shared.get(meta.id) !== found) return;
    found.leave();
    found.takes.dispose();
    shared.delete(meta.id);
  }, LINGER_MS);
}

export function renderRecorder({ model, el }: RenderContext): () => void {
  const meta = model.get("meta") as Meta;
  const root = h("div", { class: "aai aai-recorder", tabindex: "-1", role: "group", "aria-label": "Dictation" });
  keepKeys(root);
  el.append(root);
  const theme = new Theme(root, el, () => undefined);
  const common = share(model, meta, draw);
  const { takes } = common;
  const remote = Boolean(meta.device);

  const on = () => (remote ? model.get("state") === "recording" : takes.state === "on");
  const press = new Press({
    idle: () => (remote ? !on() : takes.state === "idle"),
    begin: () => (remote ? takes.tell("start") : void takes.begin()),
    finish: () => (remote ? takes.tell("stop") : takes.finish()),
    cancel: () => (remote ? on() && takes.tell("drop") : takes.cancel()),
  });

  const words = h("span", {});
  const button = h(
    "button",
    { type: "button", class: "aai-text-button aai-rec-button", "data-icon": "microphone" },
    icon("microphone"),
    words,
  );
  const level = h("i", {});
  const bar = h(
    "span",
    { class: "aai-cap-meter", role: "meter", "aria-label": "Loudness", "aria-valuemin": "0", "aria-valuemax": "100" },
    level,
  );
  const time = h("span", { class: "aai-time", role: "timer", "aria-label": "Length of the clip" });
  const status = h("span", { class: "aai-facts", role: "status" });
  const again = h("button", {
    type: "button",
    class: "aai-text-button",
    text: "Send again",
    on: { click: () => takes.tell("retry") },
  });
  const problem = h("span", {});
  const notice = h("div", { class: "aai-cap-notice aai-rec-notice", role: "alert", hidden: true }, problem, again);
  const log = h("div", {
    class: "aai-rec-log",
    role: "log",
    "aria-live": "polite",
    "aria-label": "Dictated texts",
    tabindex: "0",
    hidden: true,
  });
  root.append(h("div", { class: "aai-bar" }, button, bar, time, status), notice, log);
  listenForPresses(button, root, press, draw);

  function say(text: string): void {
    if (problem.textContent !== text) problem.textContent = text;
  }

  function draw(): void {
    const recording = on();
    const state = recording ? "recording" : takes.state === "opening" ? "opening" : String(model.get("state"));
    root.dataset.state = state;
    words.textContent = !recording ? "Hold to speak" : press.held ? "Release to send" : "Stop and send";
    button.title = "Hold it, or the space key, and speak. A click starts, and the next one sends. Escape forgets.";
    button.setAttribute("aria-pressed", String(recording));
    swapIcon(button, recording ? "stop" : "microphone");
    const free = meta.local ? "free" : meta.price === null ? "" : `${dollars(meta.price)} an hour`;
    const about = [label(meta.device, 60), label(meta.where, 60), free].filter(Boolean).join(" · ");
    const said: Record<string, string> = {
      opening: "asking for the microphone",
      recording: "listening",
      transcribing: "writing down what was said",
    };
    const busy = takes.busy ? "the kernel is busy with a cell: what was said waits, and follows" : "";
    const now = busy || said[state] || about;
    if (status.textContent !== now) status.textContent = now;
    status.title = about;
    const held = model.get("held") === true;
    const wrong = [
      takes.problem,
      label(model.get("problem"), 600),
      ...meta.warnings.map((text) => label(text, 300)),
    ].filter(Boolean);
    say(wrong.join("\n"));
    notice.hidden = !wrong.length;
    again.hidden = !held;
    bar.hidden = time.hidden = !recording;
    tick();
  }

  function tick(): void {
    if (!on()) return;
    const figures = model.get("figures") as { seconds?: number; level?: number };
    const seconds = remote ? Number(figures.seconds ?? 0) : takes.seconds;
    const loud = Math.round(100 * meter(remote ? Number(figures.level ?? 0) : takes.level()));
    level.style.width = `${loud}%`;
    bar.setAttribute("aria-valuenow", String(loud));
    time.textContent = `${clock(seconds * 1000)} / ${clock(meta.longest * 1000)}`;
  }

  function drawTexts(): void {
    const texts = Array.from((model.get("texts") as Text[]) ?? []);
    const known = new Map(Array.from(log.children, (row) => [(row as HTMLElement).dataset.n, row]));
    for (const { n, text, figures } of texts) {
      if (known.delete(String(n))) continue; // only what is new is announced
      const copy = h(
        "button",
        { type: "button", class: "aai-button", title: "Copy", "aria-label": `Copy text ${n}` },
        icon("copy"),
      );
      const said = h("p", {
        class: text ? "aai-rec-text" : "aai-rec-text aai-rec-none",
        dir: "auto",
        text: visible(text) || "Nothing was said.",
      });
      copy.addEventListener("click", () => {
        const selected = () => getSelection()?.selectAllChildren(said); // where the clipboard is forbidden
        if (!navigator.clipboard) selected();
        else navigator.clipboard.writeText(text).catch(selected);
      });
      log.append(
        h(
          "div",
          { class: "aai-rec-row", "data-n": n },
          said,
          h("span", { class: "aai-badge", text: label(figures, 80) }),
          text ? copy : null,
        ),
      );
      log.scrollTop = log.scrollHeight;
    }
    for (const row of known.values()) row.remove();
    log.hidden = !texts.length;
    if (!log.hidden) log.scrollTop = log.scrollHeight;
  }

  /** The focus was in a view that was replaced by this one: whoever works by keyboard goes on here. */
  function takeFocus(since: number): void {
    if (disposed || since - common.left > LINGER_MS || performance.now() - since > LINGER_MS) return;
    if (!root.isConnected) {
      requestAnimationFrame(() => takeFocus(since)); // hosts render before they attach
      return;
    }
    const now = focused(root);
    if (!now || now.contains(root)) button.focus({ preventScroll: true });
  }

  let disposed = false;
  const timer = window.setInterval(() => {
    if (root.contains(focused(root))) common.left = performance.now();
    tick();
  }, DRAW_MS);
  const heard = ["state", "problem", "held", "figures"].map((name) => listen(model, `change:${name}`, () => draw()));
  heard.push(listen(model, "change:texts", () => drawTexts()));
  draw();
  drawTexts();
  takes.tell("ready");
  takeFocus(performance.now());

  return () => {
    disposed = true;
    window.clearInterval(timer);
    for (const stop of heard) stop();
    theme.dispose();
    root.remove();
    unshare(meta, draw);
  };
}

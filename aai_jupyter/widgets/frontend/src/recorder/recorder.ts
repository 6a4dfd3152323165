// The dictation view: press, speak, release a button, and below it the transcribed texts.
import { dollars } from "../captions/figures.ts";
import { label, visible } from "../data/safe.ts";
import { clock } from "../data/time.ts";
import { greet } from "../greeting.ts";
import type { ClipText, RecorderTraits } from "../traits/recorder.ts";
import { button, textButton } from "../ui/button.ts";
import { copy } from "../ui/copy.ts";
import { focused, h } from "../ui/dom.ts";
import { icon, swapIcon } from "../ui/icons.ts";
import { Meter } from "../ui/meter.ts";
import { Notice } from "../ui/notice.ts";
import { Shared } from "../ui/shared.ts";
import { renderer, type View } from "../view.ts";
import { ClipRecorder } from "./clips.ts";
import { listenForPresses, PushToTalk } from "./push_to_talk.ts";

const DRAW_MS = 60;
const LINGER_MS = 800; // the kernel sends the output anew with each text, and the view with it
const HELP = "Hold it, or the space key, and speak. A click starts, and the next one sends. Escape forgets.";
const DOING: Record<string, string> = {
  opening: "asking for the microphone",
  recording: "listening",
  transcribing: "writing down what was said",
};

/** What the views of one dictation share. */
interface Common {
  clips: ClipRecorder;
  /** A view had the focus at this time. */
  left: number;
  /** Nobody is there any more who could end a recording of the kernel's machine. */
  leave(): void;
}

const dictations = new Shared<Common>((common) => {
  common.leave();
  common.clips.dispose();
}, LINGER_MS);

const frame = { name: "recorder", label: "Dictation", tabindex: "-1" };

export const renderRecorder = renderer(frame, (view: View<RecorderTraits>) => {
  const { model, root, signal } = view;
  const meta = model.get("meta");
  const common = dictations.take(meta.id, draw, signal, (changed) => {
    const clips = new ClipRecorder(model, meta, changed);
    const leave = () => {
      if (meta.device && model.get("state") === "recording") clips.tell("drop");
    };
    return { clips, left: -Infinity, leave };
  });
  const { clips } = common;
  let waits = "";
  const remote = Boolean(meta.device);

  const on = () => (remote ? model.get("state") === "recording" : clips.state === "on");
  const press = new PushToTalk({
    idle: () => (remote ? !on() : clips.state === "idle"),
    begin: () => (remote ? clips.tell("start") : void clips.begin()),
    finish: () => (remote ? clips.tell("stop") : clips.finish()),
    cancel: () => (remote ? on() && clips.tell("drop") : clips.cancel()),
  });

  const words = h("span", {});
  const held = { type: "button", class: "aai-text-button aai-rec-button", "data-icon": "microphone", title: HELP };
  const speak = h("button", held, icon("microphone"), words);
  const meter = new Meter();
  const time = h("span", { class: "aai-time", role: "timer", "aria-label": "Length of the clip" });
  const status = h("span", { class: "aai-facts", role: "status" });
  const again = textButton("Send again", () => clips.tell("retry"));
  const problems = new Notice(signal, "aai-rec-problems", "alert");
  const notice = h("div", { class: "aai-cap-notice aai-rec-notice", hidden: true }, problems.element, again);
  const log = h("div", {
    class: "aai-rec-log",
    role: "log",
    "aria-live": "polite",
    "aria-label": "Dictated texts",
    tabindex: "0",
    hidden: true,
  });
  root.append(h("div", { class: "aai-bar" }, speak, meter.element, time, status), notice, log);
  listenForPresses(speak, root, press, draw, signal);

  function draw(): void {
    const recording = on();
    const state = recording ? "recording" : clips.state === "opening" ? "opening" : model.get("state");
    root.dataset.state = state;
    words.textContent = !recording ? "Hold to speak" : press.held ? "Release to send" : "Stop and send";
    speak.setAttribute("aria-pressed", String(recording));
    swapIcon(speak, recording ? "stop" : "microphone");
    const free = meta.local ? "free" : meta.price === null ? "" : `${dollars(meta.price)} an hour`;
    const about = [label(meta.device, 60), label(meta.where, 60), free].filter(Boolean).join(" · ");
    const busy = clips.busy ? "the kernel is busy with a cell: what was said waits, and follows" : "";
    const now = busy || DOING[state] || about;
    if (status.textContent !== now) status.textContent = now;
    status.title = about;
    problems.list([
      waits,
      clips.problem,
      label(model.get("problem"), 600),
      ...meta.warnings.map((text) => label(text, 300)),
    ]);
    notice.hidden = problems.element.hidden;
    again.hidden = !model.get("held");
    meter.element.hidden = time.hidden = !recording;
    tick();
  }

  function tick(): void {
    if (!on()) return;
    const figures = model.get("figures");
    const seconds = remote ? (figures.seconds ?? 0) : clips.seconds;
    meter.show(remote ? (figures.level ?? 0) : clips.level());
    time.textContent = `${clock(seconds * 1000)} / ${clock(meta.longest * 1000)}`;
  }

  function row({ n, text, figures }: ClipText): HTMLElement {
    const said = h("p", {
      class: text ? "aai-rec-text" : "aai-rec-text aai-rec-none",
      dir: "auto",
      text: visible(text) || "Nothing was said.",
    });
    const copyText = button("copy", "Copy", () => void copy(text, { shown: said }));
    copyText.setAttribute("aria-label", `Copy text ${n}`);
    const badge = h("span", { class: "aai-badge", text: label(figures, 80) });
    return h("div", { class: "aai-rec-row", "data-n": n }, said, badge, text ? copyText : null);
  }

  function drawTexts(): void {
    const texts = model.get("texts");
    const known = new Map(Array.from(log.children, (row) => [(row as HTMLElement).dataset.n, row]));
    // Only what is new is announced.
    for (const text of texts) if (!known.delete(String(text.n))) log.append(row(text));
    for (const gone of known.values()) gone.remove();
    log.hidden = !texts.length;
    if (!log.hidden) log.scrollTop = log.scrollHeight;
  }

  /** The focus was in a view that was replaced by this one: whoever works by keyboard goes on here. */
  function takeFocus(since: number): void {
    if (signal.aborted || since - common.left > LINGER_MS || performance.now() - since > LINGER_MS) return;
    if (!root.isConnected) {
      requestAnimationFrame(() => takeFocus(since)); // hosts render before they attach
      return;
    }
    const now = focused(root);
    if (!now || now.contains(root)) speak.focus({ preventScroll: true });
  }

  view.every(DRAW_MS, () => {
    if (root.contains(focused(root))) common.left = performance.now();
    tick();
  });
  view.on(["state", "problem", "held", "figures"], draw);
  view.on(["texts"], drawTexts);
  draw();
  drawTexts();
  greet(view, (text) => {
    waits = text;
    draw();
  }).catch(() => undefined); // a kernel that is gone is told of when somebody speaks
  takeFocus(performance.now());
});

// The live captions view: puts the parts together and follows the session's state.
import { MICROPHONE_OFF } from "../audio/microphone.ts";
import type { Uplink } from "../audio/uplink.ts";
import { GoneError, type Reply } from "../channel.ts";
import { label } from "../data/safe.ts";
import { greet } from "../greeting.ts";
import { watchKernel } from "../host.ts";
import type { CaptionsTraits, State } from "../traits/captions.ts";
import { button, textButton } from "../ui/button.ts";
import { h, press } from "../ui/dom.ts";
import { swapIcon } from "../ui/icons.ts";
import { Meter } from "../ui/meter.ts";
import { Notice } from "../ui/notice.ts";
import { Shared } from "../ui/shared.ts";
import { renderer, type View } from "../view.ts";
import { CallPanel, RecordingSign } from "./call_panel.ts";
import { FiguresLine, NO_FIGURES } from "./figures.ts";
import { sessionMicrophone } from "./session_microphone.ts";
import { pauseText, priceText, running, stateText } from "./state.ts";
import { TermsForm } from "./terms.ts";
import { type Turn, TurnLog } from "./turns.ts";

const READY_PATIENCE = 8000;
const METER_MS = 60;

/** One microphone for a session, however many views show it; let go of with the last one. */
const microphones = new Shared<Uplink>((uplink) => void uplink.stop("", { removed: true }));

export const renderCaptions = renderer({ name: "captions", label: "Live captions" }, (view: View<CaptionsTraits>) => {
  const { model, root, channel, signal } = view;
  const meta = () => model.get("meta");
  let gone = false;
  const state = (): State => (gone ? "ended" : model.get("state"));
  const figures = () => ({ ...NO_FIGURES, ...model.get("figures") });
  const { id, rate, microphone, computer, prompts, sides } = meta();
  const uplink = microphone
    ? microphones.take(id, draw, signal, (changed) => sessionMicrophone(model, rate, computer, changed))
    : undefined;

  const act = (type: string, payload: Record<string, unknown> = {}) =>
    void channel.request(type, payload).catch((error: Error) => root.isConnected && say(error.message));

  const micButton = button(
    "microphone",
    "Microphone on",
    () => void (uplink?.state === "on" ? uplink.stop() : uplink?.start()),
  );
  const pauseButton = button("pause", "Pause", () => {
    if (call?.waits) share();
    else act(state() === "open" || state() === "reconnecting" ? "pause" : "resume");
  });
  const stopButton = button("stop", "Stop: sends the rest and ends the session", () => {
    uplink?.stop();
    act("stop");
  });
  const termsButton = button("terms", "Key terms and prompt", () => toggleTerms());
  const heading = h("span", { class: "aai-heading" });
  const light = h("i", { class: "aai-cap-light", "aria-hidden": "true" });
  const status = h("span", { class: "aai-facts", role: "status" });
  const call = computer && uplink ? new CallPanel(uplink, share) : undefined;
  const sign = computer ? new RecordingSign() : undefined;
  const meters = (sides.length ? sides : [""]).map(() => new Meter(sides.length > 0));
  const line = new FiguresLine();
  const notice = new Notice(signal, "aai-cap-notice", "alert");
  const release = textButton("Disconnect meanwhile, so that nothing is billed", () => act("pause", { release: true }));
  const pausedText = h("span", {});
  const paused = h("div", { class: "aai-cap-paused", role: "status", hidden: true }, pausedText, release);
  const lines = new TurnLog(signal);
  const terms = new TermsForm(prompts, (keyterms, prompt) => channel.request("update", { keyterms, prompt }));

  root.append(
    h(
      "div",
      { class: "aai-bar" },
      h("div", { class: "aai-what" }, light, heading, status),
      sign?.element,
      h("div", { class: "aai-cap-meters" }, ...meters.map((meter) => meter.element)),
      h("div", { class: "aai-group" }, uplink && !call && micButton, pauseButton, stopButton, termsButton),
    ),
    terms.element,
    notice.element,
    ...(call ? [call.element] : []),
    paused,
    lines.element,
    h("div", { class: "aai-bar aai-cap-foot" }, line.element),
  );

  function toggleTerms(): void {
    terms.element.hidden = !terms.element.hidden;
    termsButton.setAttribute("aria-expanded", String(!terms.element.hidden));
  }

  let resuming = false;
  /** Asks for the sound, in a click. What comes is sent at once, and lets a paused session go on. */
  function share(): void {
    resuming = true;
    void uplink?.start();
  }

  let said = "";
  let waits = "";
  function say(text: string): void {
    said = text;
    draw();
  }

  function problems(): string[] {
    const found = model.get("notices").map((text) => label(text, 600));
    if (uplink) found.push(uplink.problem);
    if (uplink && uplink.held > 20) found.push("The kernel is busy with a cell: the sound waits here and follows.");
    return [...new Set([...found, running(state()) ? label(waits, 400) : "", label(said, 400)])];
  }

  function draw(): void {
    gone ||= Boolean(uplink?.gone);
    const now = state();
    const about = meta();
    const live = running(now);
    const on = uplink?.state === "on";
    const opening = uplink?.state === "opening";
    root.dataset.state = now;
    heading.textContent = call
      ? "Call"
      : label(uplink?.label || about.title || (about.microphone ? "Microphone" : ""), 80);
    const asking = computer ? "asking for the sound" : "asking for the microphone";
    const doing = opening ? asking : stateText(now, about);
    status.textContent = [doing, label(about.model, 60)].filter(Boolean).join(" · ");
    const figure = figures();
    line.show({ ...figure, lost: figure.lost + (uplink?.lost ?? 0) }, priceText(about));
    notice.list(problems());
    paused.hidden = !pauseText(now, about);
    pausedText.textContent = pauseText(now, about);
    release.hidden = now !== "paused" || about.price === null;
    const halted = now === "paused" || now === "released";
    const billed = about.price === null ? "" : " The open session is still billed.";
    swapIcon(pauseButton, halted ? "play" : "pause");
    pauseButton.title = halted ? "Go on" : `Pause: no sound is sent.${billed}`;
    pauseButton.setAttribute("aria-label", halted ? "Go on" : "Pause");
    about.sides.forEach((side, k) => {
      meters[k]?.name(side);
    });
    call?.draw(live, halted, about);
    sign?.draw(live && !halted && (uplink ? on : now === "open" || now === "reconnecting"), about.sides);
    if (call?.waits) paused.hidden = true; // its own panel says why
    pauseButton.disabled = !live || now === "waiting" || now === "connecting";
    stopButton.disabled = !live;
    termsButton.disabled = !live;
    if (!live) terms.element.hidden = true;
    micButton.disabled = !live || opening;
    press(micButton, on);
    micButton.title = on ? `Microphone off (${label(uplink.label, 60)})` : "Microphone on";
    micButton.setAttribute("aria-label", micButton.title);
    const settings = model.get("settings");
    terms.show(settings.keyterms ?? [], settings.prompt ?? "");
    const begin = computer ? "both sides are recorded" : "the microphone is on";
    const waiting = now === "waiting" ? `Captions appear here when ${begin}.` : "Captions appear here.";
    lines.empty.textContent = live ? waiting : "Nothing was said.";
    if (!halted) resuming = false;
    uplink?.pause(halted && !resuming);
    if (!live && on) uplink.stop();
  }

  channel.onMessage = (message) => {
    if (message.type === "turns") {
      const { turns, removed } = message as unknown as { turns: Turn[]; removed?: string[] };
      lines.apply(turns, removed ?? []);
    } else if (message.type === "ack") uplink?.ack(Number(message.seq));
  };

  view.every(METER_MS, () => {
    const { level, levels } = figures();
    const told = levels.length ? levels : [level];
    const heard = uplink?.state === "on" ? uplink.levels() : running(state()) ? told : [];
    meters.forEach((meter, k) => {
      meter.show(heard[k] ?? 0);
    });
  });
  view.on(["state", "meta", "figures", "notices", "settings"], draw);
  // The kernel is gone or was started anew: nobody hears the microphone any more, and nothing is live.
  const died = () => {
    if (gone || !running(state())) return;
    gone = true;
    if (uplink && uplink.state !== "idle") uplink.stop(MICROPHONE_OFF);
    else if (!uplink?.problem) say("The kernel is gone, and the session with it.");
    draw();
  };
  const alive = ({ message }: Reply) => {
    gone = false;
    if (uplink) uplink.gone = false;
    lines.reset((message.turns as Turn[]) ?? []);
    draw();
  };
  const unsure = () =>
    void channel
      .request("ready", {}, READY_PATIENCE)
      .then(alive, (error: Error) => error instanceof GoneError && died());
  watchKernel(model, died, unsure, signal);

  draw();
  greet(view, (text) => {
    waits = text;
    draw();
  }).then(alive, (error: Error) => {
    if (root.isConnected && running(state())) say(error.message);
  });
  if (uplink && !call && state() === "waiting") void uplink.start();
});

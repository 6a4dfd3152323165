// The chat view: a conversation about recordings, a field for the next question, and what is kept.
import { bindCitations } from "../ask/citations.ts";
import { label } from "../data/safe.ts";
import { greet } from "../greeting.ts";
import { renderPlayer } from "../player/player.ts";
import { tellWhenOlder } from "../saved.ts";
import type { ChatTraits } from "../traits/chat.ts";
import { textButton } from "../ui/button.ts";
import { focused, h, perFrame } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { bindKeys } from "../ui/keys.ts";
import { Nested } from "../ui/nested.ts";
import { Notice } from "../ui/notice.ts";
import { renderer, type View } from "../view.ts";
import { BudgetBar } from "./budget.ts";
import { ChatLog } from "./log.ts";

const HELP = "Enter asks, Shift+Enter breaks the line, Esc stops";

export const renderChat = renderer({ name: "chat", label: "Chat about the recording" }, (view: View<ChatTraits>) => {
  const { model, root, channel, signal } = view;
  const notice = new Notice(signal);
  tellWhenOlder(view, (text) => notice.show(text, true));
  const player = new Nested(model, renderPlayer, "aai-cited-player", signal);
  const log = new ChatLog(signal);
  const budget = new BudgetBar();
  const title = h("span", { class: "aai-heading" });
  const facts = h("span", { class: "aai-facts" });
  const choice = h("select", { class: "aai-chat-model", "aria-label": "Model", on: { change: () => choose() } });
  const clear = textButton("New conversation", () => void ask("clear"), {
    title: "Forget what was asked and answered",
  });
  const field = h("textarea", {
    class: "aai-question",
    rows: "1",
    "aria-label": "Question",
    placeholder: "Ask about the recording",
    dir: "auto",
    maxlength: "20000",
    on: {
      input: () => draw(),
      keydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        send();
      },
    },
  });
  const button = textButton("", () => (busy() ? stop() : send()), { primary: true });
  const cost = h("span", {});
  root.append(
    h("div", { class: "aai-chat-top" }, title, facts, choice, clear),
    log.element,
    h("div", { class: "aai-compose" }, field, button),
    h(
      "div",
      { class: "aai-foot" },
      budget.element,
      cost,
      h("span", { class: "aai-spring" }),
      h("span", { class: "aai-help", text: HELP }),
    ),
    notice.element,
  );
  view.el.append(player.element);
  bindCitations(view, log.element, player, notice.show);

  const busy = () => model.get("busy");

  function ask(type: string, payload: Record<string, unknown> = {}): Promise<boolean> {
    return channel.request(type, payload).then(
      () => true,
      (error: Error) => {
        notice.show(error.message);
        return false;
      },
    );
  }

  function send(): void {
    const text = field.value.trim();
    if (!text || busy()) return;
    field.value = "";
    log.follow();
    draw();
    void ask("ask", { text }).then((taken) => {
      if (taken || field.value) return;
      field.value = text; // nothing that was typed is lost
      draw();
    });
  }

  function stop(): void {
    void ask("stop");
  }

  function choose(): void {
    model.set("model", choice.value);
    model.save_changes();
  }

  function drawModels(): void {
    const models = model.get("models");
    const now = model.get("model");
    const known = models.some((one) => one.id === now);
    choice.replaceChildren(
      ...(known ? [] : [h("option", { value: now, text: now ? label(now, 80) : "default model" })]),
      ...models.map((one) =>
        h("option", { value: one.id, text: label(one.facts ? `${one.id} (${one.facts})` : one.id, 90) }),
      ),
    );
    choice.value = now;
    choice.title = label(models.find((one) => one.id === now)?.name ?? "", 300);
  }

  const draw = perFrame(signal, () => {
    const entries = model.get("entries");
    title.textContent = label(model.get("title"), 120);
    title.title = title.textContent;
    facts.textContent = label(model.get("facts"), 120);
    log.draw(entries, model.get("draft"), label(model.get("hint"), 400));
    budget.draw(model.get("budget"));
    cost.textContent = label(model.get("cost"), 60);
    clear.hidden = !entries.length;
    clear.disabled = busy();
    const doing = busy() ? "stop" : "ask";
    if (button.dataset.doing !== doing) {
      button.dataset.doing = doing;
      button.replaceChildren(icon(doing === "stop" ? "close" : "up"), doing === "stop" ? "Stop" : "Ask");
    }
    button.disabled = !busy() && !field.value.trim();
  });

  const onEscape = () => {
    if (busy()) stop();
    else if (focused(root) === field && field.value) {
      field.value = "";
      draw();
    } else if (focused(root) !== root) root.focus({ preventScroll: true });
    else root.blur();
  };
  bindKeys(root, { Escape: onEscape, "/": () => field.focus(), Enter: () => field.focus() }, signal);

  view.on(["title", "facts", "entries", "draft", "budget", "cost", "busy", "hint"], draw);
  view.on(["models", "model"], drawModels);
  drawModels();
  draw();
  greet(view, notice.holding(), "here").catch(() => undefined); // what is wrong, `ready` says below
  // The first start of the local engine takes its time.
  channel.request("ready", {}, Number.POSITIVE_INFINITY).catch((error: Error) => {
    if (root.isConnected) notice.show(error.message, true);
  });
});

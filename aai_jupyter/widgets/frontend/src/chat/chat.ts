// A conversation about recordings: what was asked and answered, a field for the next question, and what is kept.
import { bindCitations } from "../ask/cite.ts";
import { Channel } from "../channel.ts";
import { label } from "../data/safe.ts";
import { listen, type RenderContext } from "../host.ts";
import { renderPlayer } from "../player/player.ts";
import { focused, h, keepKeys, perFrame } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { bindKeys } from "../ui/keys.ts";
import { Nested } from "../ui/nested.ts";
import { Notice } from "../ui/notice.ts";
import { Theme } from "../ui/theme.ts";
import { Budget } from "./budget.ts";
import { ChatLog, type Draft, type Entry } from "./log.ts";

const READY_PATIENCE = 60_000; // the first start of the local engine takes its time

interface ModelChoice {
  id: string;
  name: string;
  facts: string;
}

export function renderChat({ model, el }: RenderContext): () => void {
  const notice = new Notice();
  const player = new Nested(model, renderPlayer, "aai-cited-player");
  const log = new ChatLog();
  const budget = new Budget();
  const title = h("span", { class: "aai-heading" });
  const facts = h("span", { class: "aai-facts" });
  const choice = h("select", { class: "aai-chat-model", "aria-label": "Model", on: { change: () => choose() } });
  const clear = h(
    "button",
    {
      class: "aai-text-button",
      type: "button",
      title: "Forget what was asked and answered",
      on: { click: () => void ask("clear") },
    },
    "New conversation",
  );
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
  const button = h("button", {
    class: "aai-text-button aai-primary",
    type: "button",
    on: { click: () => (busy() ? stop() : send()) },
  });
  const cost = h("span", {});
  const root = h(
    "div",
    { class: "aai aai-chat", tabindex: "0", role: "group", "aria-label": "Chat about the recording" },
    h("div", { class: "aai-chat-top" }, title, facts, choice, clear),
    log.element,
    h("div", { class: "aai-compose" }, field, button),
    h(
      "div",
      { class: "aai-foot" },
      budget.element,
      cost,
      h("span", { class: "aai-spring" }),
      h("span", { class: "aai-help" }, "Enter asks, Shift+Enter breaks the line, Esc stops"),
    ),
    notice.element,
  );
  keepKeys(root);
  el.append(root, player.element);
  const theme = new Theme(root, el, () => {});
  const channel = new Channel(model, () => {});
  const unbind = bindCitations(log.element, player, model, channel, notice.show);

  const busy = () => Boolean(model.get("busy"));

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
    const models = Array.from((model.get("models") as ModelChoice[]) ?? []);
    const now = String(model.get("model") ?? "");
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

  const draw = perFrame(() => {
    const entries = Array.from((model.get("entries") as Entry[]) ?? []);
    title.textContent = label(model.get("title") ?? "", 120);
    title.title = title.textContent;
    facts.textContent = label(model.get("facts") ?? "", 120);
    log.draw(entries, (model.get("draft") as Draft | null) ?? null, label(model.get("hint") ?? "", 400));
    budget.draw((model.get("budget") ?? {}) as Record<string, number>);
    cost.textContent = label(model.get("cost") ?? "", 60);
    clear.hidden = !entries.length;
    clear.disabled = busy();
    const doing = busy() ? "stop" : "ask";
    if (button.dataset.doing !== doing) {
      button.dataset.doing = doing;
      button.replaceChildren(icon(doing === "stop" ? "close" : "up"), doing === "stop" ? "Stop" : "Ask");
    }
    button.disabled = !busy() && !field.value.trim();
  });

  bindKeys(root, {
    Escape: () => {
      if (busy()) stop();
      else if (focused(root) === field && field.value) {
        field.value = "";
        draw();
      } else if (focused(root) !== root) root.focus({ preventScroll: true });
      else root.blur();
    },
    "/": () => field.focus(),
    Enter: () => field.focus(),
  });

  const stops = ["title", "facts", "entries", "draft", "budget", "cost", "busy", "hint"].map((name) =>
    listen(model, `change:${name}`, draw),
  );
  for (const name of ["models", "model"]) stops.push(listen(model, `change:${name}`, drawModels));
  drawModels();
  draw();
  channel.request("ready", {}, READY_PATIENCE).catch((error: Error) => {
    if (root.isConnected) notice.show(error.message, true);
  });

  return () => {
    draw.cancel();
    unbind();
    for (const end of stops) end();
    channel.dispose();
    notice.dispose();
    theme.dispose();
    log.dispose();
    root.remove();
    player.element.remove();
  };
}

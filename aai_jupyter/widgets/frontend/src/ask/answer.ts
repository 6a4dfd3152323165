// An answer below the cell that asked for it.
import { Channel } from "../channel.ts";
import { label } from "../data/safe.ts";
import { listen, type RenderContext } from "../host.ts";
import { renderPlayer } from "../player/player.ts";
import { h, keepKeys, perFrame } from "../ui/dom.ts";
import { bindKeys } from "../ui/keys.ts";
import { Nested } from "../ui/nested.ts";
import { Notice } from "../ui/notice.ts";
import { Theme } from "../ui/theme.ts";
import { bindCitations } from "./cite.ts";
import { showHtml } from "./safehtml.ts";

export function renderAnswer({ model, el }: RenderContext): () => void {
  const body = h("div", { class: "aai-md", dir: "auto" });
  const status = h("div", { class: "aai-asking", role: "status" });
  const under = h("div", { class: "aai-under" });
  const notice = new Notice();
  const player = new Nested(model, renderPlayer, "aai-cited-player");
  const root = h(
    "div",
    { class: "aai aai-answer", tabindex: "0", role: "group", "aria-label": "Answer" },
    body,
    status,
    under,
    notice.element,
  );
  keepKeys(root);
  el.append(root, player.element);
  const theme = new Theme(root, el, () => {});
  const channel = new Channel(model, () => {});
  const unbind = bindCitations(root, player, model, channel, notice.show);
  bindKeys(root, { Escape: () => root.blur() });

  const draw = perFrame(() => {
    const state = String(model.get("state") ?? "writing");
    showHtml(body, String(model.get("html") ?? ""));
    showHtml(under, String(model.get("under") ?? ""));
    status.textContent = state === "writing" ? `${label(model.get("status") || "writing", 200)}…` : "";
    status.hidden = state !== "writing";
    root.dataset.state = state;
    body.setAttribute("aria-busy", String(state === "writing"));
  });
  const stops = ["html", "under", "state", "status"].map((name) => listen(model, `change:${name}`, draw));
  draw();

  return () => {
    draw.cancel();
    unbind();
    for (const stop of stops) stop();
    channel.dispose();
    notice.dispose();
    theme.dispose();
    root.remove();
    player.element.remove();
  };
}

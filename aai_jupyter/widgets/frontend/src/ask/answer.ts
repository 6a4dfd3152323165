// The answer view: a language model's answer below the cell that asked for it.
import { label } from "../data/safe.ts";
import { renderPlayer } from "../player/player.ts";
import type { AnswerTraits } from "../traits/answer.ts";
import { h, perFrame } from "../ui/dom.ts";
import { bindKeys } from "../ui/keys.ts";
import { Nested } from "../ui/nested.ts";
import { Notice } from "../ui/notice.ts";
import { renderer, type View } from "../view.ts";
import { bindCitations } from "./citations.ts";
import { showHtml } from "./sanitize.ts";

export const renderAnswer = renderer({ name: "answer", label: "Answer" }, (view: View<AnswerTraits>) => {
  const { model, root, signal } = view;
  const body = h("div", { class: "aai-md", dir: "auto" });
  const status = h("div", { class: "aai-asking", role: "status" });
  const under = h("div", { class: "aai-under" });
  const notice = new Notice(signal);
  const player = new Nested(model, renderPlayer, "aai-cited-player", signal);
  root.append(body, status, under, notice.element);
  view.el.append(player.element);
  bindCitations(view, root, player, notice.show);
  bindKeys(root, { Escape: () => root.blur() }, signal);

  const draw = perFrame(signal, () => {
    const writing = model.get("state") === "writing";
    showHtml(body, model.get("html"));
    showHtml(under, model.get("under"));
    status.textContent = writing ? `${label(model.get("status") || "writing", 200)}…` : "";
    status.hidden = !writing;
    root.dataset.state = model.get("state");
    body.setAttribute("aria-busy", String(writing));
  });
  view.on(["html", "under", "state", "status"], draw);
  draw();
});

// The dashboard of a batch: one bar over all, figures, and a table of the recordings.
import type { DashboardTraits } from "../traits/dashboard.ts";
import { textButton } from "../ui/button.ts";
import { h, perFrame } from "../ui/dom.ts";
import { Notice } from "../ui/notice.ts";
import { renderer, type View } from "../view.ts";
import { facts, headline, share } from "./figures.ts";
import { GROUPS, placesOf } from "./stages.ts";
import { Table } from "./table.ts";

const SPOKEN_MS = 15_000; // screen readers hear of the progress that often, and of its end

const frame = { name: "dashboard", label: "Progress of the transcription", tabindex: "-1" };

export const renderDashboard = renderer(frame, (view: View<DashboardTraits>) => {
  const { model, root, signal, channel } = view;
  const title = h("span", { class: "aai-heading aai-dash-title" });
  const figures = h("div", { class: "aai-dash-facts" });
  const fill = h("i", {});
  const bar = h(
    "div",
    {
      class: "aai-dash-all",
      role: "progressbar",
      "aria-label": "All recordings",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    fill,
  );
  const spoken = h("span", { class: "aai-dash-spoken", role: "status" });
  const notice = new Notice(signal, "aai-notice aai-dash-notice", "alert");
  const filter = h("select", { "aria-label": "Which recordings" });
  for (const { name } of GROUPS) filter.append(h("option", { value: name, text: name }));

  const ask = (type: string, rows?: number[]) => {
    channel.request(type, rows ? { rows } : {}).catch((error: Error) => notice.show(error.message));
  };
  const cancel = textButton("Cancel all", () => ask("cancel"), { name: "close" });
  const retry = textButton("Try failed again", () => ask("retry"), { name: "redo" });
  const fold = textButton("", () => open(table.element.hidden === true));
  let details = new Map<number, [string, number | null]>();
  let said = "";
  let spokenAt = 0;
  let folded = false;

  const factsOf = (place: number) => {
    const [detail, part] = details.get(place) ?? ["", null];
    const lengths = model.get("lengths");
    const stage = model.get("stages")[place] ?? "w";
    return { name: model.get("labels")[place] ?? "", seconds: lengths[place] ?? null, stage, detail, share: part };
  };
  const acts = { cancel: (place: number) => ask("cancel", [place]), retry: (place: number) => ask("retry", [place]) };
  const table = new Table(signal, factsOf, model.get("actions") ? acts : null);

  function open(shown: boolean): void {
    table.element.hidden = !shown;
    filter.hidden = !shown;
    fold.textContent = shown ? "Hide recordings" : "Show recordings";
    fold.setAttribute("aria-expanded", String(shown));
    if (shown) draw();
  }

  function letters(): string {
    return GROUPS.find(({ name }) => name === filter.value)?.letters ?? "";
  }

  function drawNow(): void {
    const totals = model.get("totals");
    const part = Math.round(100 * share(totals));
    title.textContent = headline(totals);
    figures.replaceChildren(...facts(totals).map((text) => h("span", { text })));
    fill.style.width = `${part}%`;
    bar.setAttribute("aria-valuenow", String(part));
    bar.setAttribute("aria-valuetext", headline(totals));
    root.classList.toggle("aai-dash-over", !totals.running);
    const actions = model.get("actions");
    cancel.hidden = !actions || !totals.running;
    retry.hidden = !actions || !totals.failed;
    details = new Map(model.get("active").map(([place, text, share]) => [place, [text, share]]));
    const reasons = model.get("reasons");
    for (const [place, number] of model.get("failures")) details.set(place, [reasons[number] ?? "", null]);
    if (!table.element.hidden) table.show(placesOf(model.get("stages"), letters()));
    if (totals.running) folded = false;
    else if (!folded) {
      folded = true; // once: who opens it again keeps it open
      if (totals.failed) filter.value = "Failed";
      open(false);
    }
    speak(totals.running !== true);
  }

  function speak(over: boolean): void {
    const now = performance.now();
    const text = title.textContent ?? "";
    if (text === said || (!over && now - spokenAt < SPOKEN_MS)) return;
    said = text;
    spokenAt = now;
    spoken.textContent = text;
  }

  const draw = perFrame(signal, drawNow);
  filter.addEventListener("change", draw, { signal });
  root.append(
    h(
      "div",
      { class: "aai-bar aai-dash-top" },
      title,
      h("span", { class: "aai-dash-acts" }, filter, retry, cancel, fold),
    ),
    bar,
    figures,
    notice.element,
    table.element,
    spoken,
  );
  open(model.get("totals").running === true);
  view.on(["labels", "lengths", "stages", "active", "reasons", "failures", "totals", "actions"], draw);
  drawNow();
});

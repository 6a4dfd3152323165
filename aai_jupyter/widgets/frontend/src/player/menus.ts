// The panels of the toolbar: speakers, layers, keys.
import { label } from "../data/safe.ts";
import { clock, grouped } from "../data/time.ts";
import { h } from "../ui/dom.ts";
import type { Edits } from "./edits.ts";
import { type State, tint } from "./state.ts";

const KINDS: Record<string, string> = {
  chapter: "Chapters",
  sentiment: "Sentiment",
  entity: "Entities",
  highlight: "Key phrases",
  topic: "Topics",
  safety: "Content safety",
  redaction: "Redactions",
  recording: "Stretches",
  code: "Codes",
  sealed: "Sealed",
};

function talkTimes(state: State): number[] {
  const out = state.speakers.map(() => 0);
  const { columns: c } = state;
  for (let turn = 0; turn < c.turns; turn++) {
    if (c.speaker[turn] >= 0) out[c.speaker[turn]] += c.turnEnd[turn] - c.turnStart[turn];
  }
  return out;
}

/** `done`: somebody has typed a name and is through. */
export function fillSpeakers(panel: HTMLElement, state: State, edits: Edits, done: () => void): void {
  const times = talkTimes(state);
  const total = Math.max(
    1,
    times.reduce((sum, time) => sum + time, 0),
  );
  panel.append(h("div", { class: "aai-title", text: "Speakers" }));
  if (!state.speakers.length)
    panel.append(h("p", { class: "aai-hint", text: "This transcript does not tell speakers apart." }));
  state.speakers.forEach((speaker, index) => {
    const name = h("input", {
      type: "text",
      value: state.name(index),
      "aria-label": `Name of ${state.name(index)}`,
      maxlength: "200",
      "data-speaker": String(index),
    });
    name.disabled = !edits.allowed;
    const commit = () => {
      const given = name.value.trim();
      if (given && given !== state.name(index))
        void edits.apply("rename_speaker", { label: speaker.label, name: given }, { name: speaker.name });
    };
    name.addEventListener("change", commit);
    name.addEventListener("keydown", (event) => {
      if (event.key === "Escape") name.value = state.name(index); // or leaving the field would save it
      if (event.key !== "Enter") return;
      name.blur();
      done();
    });
    const merge = h("select", { "aria-label": `Merge ${state.name(index)} into`, title: "Merge into another speaker" });
    merge.append(h("option", { value: "", text: "Merge…" }));
    state.speakers.forEach((other, k) => {
      if (k !== index) merge.append(h("option", { value: other.label, text: `into ${state.name(k)}` }));
    });
    merge.disabled = !edits.allowed;
    merge.hidden = state.speakers.length < 2;
    merge.addEventListener("change", () => {
      if (merge.value) void edits.apply("merge_speakers", { label: speaker.label, into: merge.value });
    });
    panel.append(
      h(
        "div",
        { class: `aai-speaker ${tint(index)}` },
        h("span", { class: "aai-chip", text: state.chip(index) }),
        name,
        h("span", {
          class: "aai-share",
          text: `${clock(times[index])} · ${Math.round((100 * times[index]) / total)}%`,
        }),
        merge,
      ),
    );
  });
}

export function fillLayers(panel: HTMLElement, state: State): void {
  panel.append(h("div", { class: "aai-title", text: "Show" }));
  for (const kind of state.kinds()) {
    const box = h("input", { type: "checkbox" });
    box.checked = state.shown.has(kind);
    box.addEventListener("change", () => {
      const others = [...state.shown].filter((one) => one !== kind);
      state.shown = new Set(box.checked ? [...others, kind] : others);
    });
    const count = state.layers.filter((layer) => layer.kind === kind).length;
    panel.append(
      h(
        "label",
        { class: `aai-layer aai-kind-${kind.replace(/\W/g, "")}` },
        box,
        h("span", { text: KINDS[kind] ?? label(kind, 40) }),
        h("span", { class: "aai-share", text: grouped(count) }),
      ),
    );
  }
  const value = h("output", {});
  const slider = h("input", {
    type: "range",
    min: "0",
    max: "100",
    step: "1",
    "aria-label": "Shade words below this confidence",
  });
  slider.value = String(Math.round((state.threshold / 255) * 100));
  const tell = () => {
    const below = state.columns.confidence.reduce((sum, one) => sum + Number(one < state.threshold), 0);
    value.textContent = slider.value === "0" ? "off" : `< ${slider.value}% · ${grouped(below)} words`;
  };
  slider.addEventListener("input", () => {
    state.threshold = Math.round((Number(slider.value) / 100) * 255);
    tell();
  });
  tell();
  panel.append(
    h(
      "label",
      { class: "aai-threshold" },
      h("span", {}, h("span", { class: "aai-swatch-low", text: "Low confidence" }), value),
      slider,
    ),
  );
}

const KEYS: [string, string][] = [
  ["Space, K", "play or pause"],
  ["J, L", "5 seconds back, forward"],
  ["← →", "previous, next word"],
  ["Shift + ← →", "previous, next turn"],
  ["[ ]", "slower, faster"],
  ["S, O, F", "skip silence, loop selection, follow"],
  ["M", "mark from here; arrows extend"],
  ["+ − 0", "zoom in, out, all"],
  ["/", "search; N, Shift + N step"],
  ["E", "edit; Ctrl + Enter saves, Ctrl + Space plays"],
  ["R", "review uncertain words"],
  ["C", "code passages; 1 to 9 codes the selection"],
  [". ,", "next, previous coded passage"],
  ["Ctrl + A, Ctrl + C", "select all, copy with times"],
  ["Ctrl + Z, Ctrl + Shift + Z", "undo, redo"],
  ["Esc", "ends search or edit; twice leaves"],
];

const OF_TRACKS: [string, string] = ["U, Shift + U", "mute who speaks here, hear only them"];

export function fillHelp(panel: HTMLElement, tracks: boolean): void {
  const list = h("dl", { class: "aai-keys" });
  for (const [keys, what] of tracks ? [...KEYS, OF_TRACKS] : KEYS) {
    const term = h("dt");
    for (const part of keys.split(/( \+ |, | )/)) {
      if (!part.trim() || (/^[+,]$/.test(part.trim()) && part.length > 1)) term.append(part.trim() === "+" ? "+" : " ");
      else term.append(h("kbd", { text: part }));
    }
    list.append(term, h("dd", { text: what }));
  }
  panel.append(
    h("div", { class: "aai-title", text: "Keyboard" }),
    list,
    h("p", {
      class: "aai-hint",
      text: "Click a word to hear it. Double-click it, or drag over words or the waveform, to select. Ctrl + wheel zooms.",
    }),
  );
}

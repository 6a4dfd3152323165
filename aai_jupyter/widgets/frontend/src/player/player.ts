// The player: puts the parts together. No logic of its own beyond who hears of what.

import { Channel } from "../channel.ts";
import { turnOfWord } from "../data/columns.ts";
import { label } from "../data/safe.ts";
import { listen, type RenderContext } from "../host.ts";
import { takeCitations } from "../ui/citation.ts";
import { focused, h, keepKeys, takeFocus } from "../ui/dom.ts";
import { bindKeys } from "../ui/keys.ts";
import { Theme } from "../ui/theme.ts";
import { Clipboard } from "./clipboard.ts";
import { TurnEditor } from "./editor.ts";
import { Edits } from "./edits.ts";
import { Follow } from "./follow.ts";
import { Marks } from "./marks.ts";
import { makePainter } from "./painter.ts";
import { Pointer } from "./pointer.ts";
import { Review } from "./review.ts";
import { SearchBox } from "./searchbox.ts";
import { SelectionBar } from "./selectionbar.ts";
import { State } from "./state.ts";
import { Timeline } from "./timeline.ts";
import { Toolbar } from "./toolbar.ts";
import { Transcript } from "./transcript.ts";
import { Transport } from "./transport.ts";
import { Walker } from "./walker.ts";
import { Warnings } from "./warnings.ts";

const READY_PATIENCE = 6000;

export function renderPlayer({ model, el }: RenderContext): () => void {
  const root = h("div", { class: "aai aai-player", tabindex: "0", role: "group", "aria-label": "Transcript player" });
  const status = h("div", { class: "aai-notice", role: "status", hidden: true });
  keepKeys(root);
  el.append(root);
  let noticeTimer = 0;
  const notice = (text: string, stays = false) => {
    window.clearTimeout(noticeTimer);
    status.textContent = label(text, 300);
    status.hidden = !text;
    if (!stays) noticeTimer = window.setTimeout(() => (status.hidden = true), 7000);
  };

  const state = new State(model);
  const channel = new Channel(model, (message) => onMessage(message));
  const theme = new Theme(root, el, () => state.emit("theme"));
  const transport = new Transport(state, channel, notice);
  const edits = new Edits(state, channel, notice);
  const timeline = new Timeline(state, transport, channel, theme);
  const transcript = new Transcript(state, () => marks?.update());
  const painter = makePainter(transcript.sheet);
  const marks: Marks | undefined = new Marks(state, transcript, painter);
  const home = () => takeFocus(root);
  const editor = new TurnEditor(state, transcript, edits, transport, home);
  const show = (word: number) => {
    transcript.reveal(word);
    const ms = state.columns.start[word];
    if (timeline.zoomed && (ms < timeline.view.from || ms > timeline.view.to))
      timeline.show(ms - (timeline.view.to - timeline.view.from) / 3);
  };
  const review = new Review(state, transport, edits, show, home);
  const searchBox = new SearchBox(state, (word) => {
    show(word);
    follow.lookAway();
  });
  const walker = new Walker(state, transport, show);
  const follow = new Follow(state, transport, transcript, () => editor.open);
  const currentTurn = () => turnOfWord(state.columns, Math.max(0, state.word));
  const actions = {
    following: () => follow.on,
    toggleFollow: () => follow.toggle(),
    toggleEditing: async () => {
      if (!(await editor.leave())) return;
      state.editing = !state.editing;
      root.classList.toggle("aai-editing", state.editing);
      if (state.editing) void editor.edit(currentTurn());
      state.emit("editing");
    },
    toggleReview: async () => {
      if (await editor.leave()) review.toggle();
    },
    queued: () => review.queued(),
    home,
  };
  const toolbar = new Toolbar(state, transport, edits, timeline, searchBox, actions);
  const selectionBar = new SelectionBar(
    state,
    transport,
    new Clipboard(root, transcript.element, state, notice),
    edits,
    home,
  );
  new Pointer(state, transport, transcript, {
    edit: (turn) => void editor.edit(turn),
    rename: (speaker) => toolbar.openMenu(0, `[data-speaker="${speaker}"]`),
  });
  root.append(
    toolbar.top,
    new Warnings(state, home).element,
    timeline.element,
    toolbar.bottom,
    review.element,
    h("div", { class: "aai-body" }, transcript.element, follow.back, selectionBar.element),
    status,
  );

  state.on("selection", () => root.classList.toggle("aai-marked", state.selection?.kind === "words"));
  root.addEventListener("pointerdown", (event) => toolbar.closeMenus(event.composedPath()[0] as Node));
  bindKeys(root, {
    " ": () => transport.toggle(),
    k: () => transport.toggle(),
    j: () => transport.skipBy(-5000),
    l: () => transport.skipBy(5000),
    ArrowLeft: () => walker.word(-1),
    ArrowRight: () => walker.word(1),
    "Shift+ArrowLeft": () => walker.turn(-1),
    "Shift+ArrowRight": () => walker.turn(1),
    "Shift+ArrowUp": () => walker.turn(-1),
    "Shift+ArrowDown": () => walker.turn(1),
    Home: () => transport.seek(0),
    End: () => transport.seek(state.meta.duration),
    Enter: () => transport.seek(state.columns.start[Math.max(0, state.word)] ?? 0, true),
    m: () => notice(walker.mark() ? "Marking: arrows extend the selection, M ends it." : "Marked."),
    "[": () => transport.setRate(transport.rate - 0.25),
    "]": () => transport.setRate(transport.rate + 0.25),
    s: () => transport.setSkip(!transport.skip),
    o: () => transport.setLoop(!transport.loop),
    f: actions.toggleFollow,
    "+": () => timeline.zoom(1.7),
    "=": () => timeline.zoom(1.7),
    "-": () => timeline.zoom(1 / 1.7),
    "0": () => timeline.fit(),
    "/": () => searchBox.input.select(),
    "Ctrl+f": () => searchBox.input.select(),
    n: () => searchBox.step(1),
    "Shift+n": () => searchBox.step(-1),
    e: () => void (state.editing && !editor.open ? editor.edit(currentTurn()) : actions.toggleEditing()),
    r: () => void actions.toggleReview(),
    "?": () => toolbar.openMenu(2),
    "Ctrl+z": () => void edits.undo(),
    "Ctrl+Shift+z": () => void edits.redo(),
    "Ctrl+y": () => void edits.redo(),
    "Ctrl+a": () => state.columns.words && state.select({ kind: "words", first: 0, last: state.columns.words - 1 }),
    Escape: (event) => onEscape(event),
  });

  function onEscape(event: KeyboardEvent): void {
    event.preventDefault();
    if (toolbar.closeMenus()) return;
    const target = event.composedPath()[0];
    if (searchBox.element.contains(target as Node) && searchBox.asked) searchBox.clear();
    else if (state.editing) void actions.toggleEditing();
    else if (target !== root && root.contains(focused(root))) root.focus({ preventScroll: true });
    else backToNotebook();
  }

  function backToNotebook(): void {
    root.blur();
    (el.closest<HTMLElement>(".jp-Notebook, .jp-Cell, .cell") ?? null)?.focus({ preventScroll: true });
  }

  function onMessage(message: Record<string, unknown>): void {
    if (message.type === "goto") transport.seek(Number(message.ms));
    else if (message.type === "pause") transport.toggle(false);
    else if (message.type === "notice") notice(String(message.text ?? ""), true);
    else if (message.type === "play") {
      const ranges = Array.from((message.ranges as number[][]) ?? []).filter((r) => (r[2] ?? 0) === 0);
      transport.playRanges(ranges.map((r) => [Number(r[0]), Number(r[1])]));
    }
  }

  const heard: (() => void)[] = [
    takeCitations(
      root,
      () => state.meta.id,
      (ms) => {
        transport.seek(ms, true);
        show(Math.max(0, state.word));
      },
    ),
  ];
  const on = (name: string, act: () => void) => heard.push(listen(model, `change:${name}`, act));
  // After an edit all columns come together; `revision` comes with them and is the sign that all are there.
  let pending = 0;
  const columnsChanged = () => {
    window.clearTimeout(pending);
    pending = window.setTimeout(() => {
      state.readColumns();
      state.emit("columns", "time");
    });
  };
  for (const name of ["revision", "text"]) on(name, columnsChanged);
  on("peaks", () => {
    state.readPeaks();
    state.emit("peaks");
  });
  on("speakers", () => {
    state.readSpeakers();
    state.emit("speakers");
  });
  // Three columns that come together.
  let layers = 0;
  for (const name of ["layer_texts", "layer_times", "layer_cells"]) {
    on(name, () => {
      window.clearTimeout(layers);
      layers = window.setTimeout(() => {
        state.readLayers();
        state.emit("layers");
      });
    });
  }
  on("meta", () => {
    state.readMeta();
    transport.recordingChanged();
    state.emit("speakers", "history");
  });
  on("history", () => {
    state.readHistory();
    state.emit("history");
  });
  on("follow", () => state.emit("playback"));
  on("selection", () => {
    const next = (model.get("selection") ?? null) as State["selection"];
    if (JSON.stringify(next) === JSON.stringify(state.selection)) return;
    state.selection = next;
    state.emit("selection");
  });
  state.selection = (model.get("selection") ?? null) as State["selection"];
  state.emit("theme", "selection", "time", "playback");

  let hinted = "";
  const hint = () => {
    const text = state.meta.has_audio === "none" ? state.meta.audio_hint : "";
    if (text !== hinted) notice(text, true);
    hinted = text;
  };
  on("meta", hint);
  hint();
  channel.request("ready", {}, READY_PATIENCE).catch((error: Error) => {
    if (root.isConnected) notice(`${error.message} Reading and searching still work.`, true);
  });

  return () => {
    window.clearTimeout(noticeTimer);
    for (const stop of heard) stop();
    transport.dispose();
    channel.tell("gone");
    channel.dispose();
    timeline.dispose();
    transcript.dispose();
    marks.dispose();
    theme.dispose();
    root.remove();
  };
}

// The player view: puts the parts together. No logic of its own beyond who hears of what.

import { turnOfWord } from "../data/columns.ts";
import { greet } from "../greeting.ts";
import { tellWhenOlder } from "../saved.ts";
import type { PlayerTraits } from "../traits/player.ts";
import { textButton } from "../ui/button.ts";
import { takeCitations } from "../ui/citation.ts";
import { h, takeFocus } from "../ui/dom.ts";
import { bindKeys, type KeyTable } from "../ui/keys.ts";
import { Notice } from "../ui/notice.ts";
import { react } from "../ui/reactive.ts";
import { renderer, type View } from "../view.ts";
import { Clipboard } from "./clipboard.ts";
import { CodeStyles } from "./codestyles.ts";
import { Coding } from "./coding.ts";
import { TurnEditor } from "./editor.ts";
import { Edits } from "./edits.ts";
import { Follow } from "./follow.ts";
import { Marks } from "./marks.ts";
import { Navigation } from "./navigation.ts";
import { makePainter } from "./painter.ts";
import { Pointer } from "./pointer.ts";
import { Review } from "./review.ts";
import { SearchBox } from "./searchbox.ts";
import { SelectionBar } from "./selectionbar.ts";
import { State } from "./state.ts";
import { Timeline } from "./timeline.ts";
import { Toolbar } from "./toolbar.ts";
import { Tracks } from "./tracks.ts";
import { Transcript } from "./transcript.ts";
import { Transport } from "./transport.ts";
import { Warnings } from "./warnings.ts";

export const renderPlayer = renderer({ name: "player", label: "Transcript player" }, (view: View<PlayerTraits>) => {
  const { root, channel, theme, signal } = view;
  const line = new Notice(signal);
  const notice = line.show;
  const state = new State(view);
  const allow = () => channel.request("allow").catch((error: Error) => notice(error.message));
  const ask = () =>
    line.ask(
      state.meta.audio_hint,
      textButton("Load the sound", () => void allow()),
    );
  const failed = (text: string) => (state.meta.has_audio === "ask" ? ask() : notice(text));
  const transport = new Transport(state, channel, failed, line.holding());
  const edits = new Edits(state, channel, notice);
  const timeline = new Timeline(state, transport, channel, theme);
  theme.onChange = () => timeline.forgetPalette();
  const transcript = new Transcript(state, () => marks?.update());
  const marks: Marks | undefined = new Marks(state, transcript, makePainter(transcript.sheet));
  const home = () => takeFocus(root);
  const editor = new TurnEditor(state, transcript, edits, transport, home);
  const show = (word: number) => {
    transcript.reveal(word);
    const ms = state.columns.start[word];
    if (timeline.zoomed && (ms < timeline.view.from || ms > timeline.view.to))
      timeline.show(ms - (timeline.view.to - timeline.view.from) / 3);
  };
  const review = new Review(state, transport, edits, show, home);
  new CodeStyles(state, root);
  const coding = new Coding(state, transport, edits, show, home);
  const searchBox = new SearchBox(state, (word) => {
    show(word);
    follow.lookAway();
  });
  const navigation = new Navigation(state, transport, show);
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
    },
    toggleReview: async () => {
      if (await editor.leave()) review.toggle();
    },
    queued: () => review.queued(),
    toggleCoding: () => coding.toggle(),
    coding: () => coding.open,
    home,
  };
  const toolbar = new Toolbar(state, transport, edits, timeline, searchBox, actions);
  const tracks = new Tracks(state, transport, notice);
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
    tracks.element,
    review.element,
    coding.element,
    h("div", { class: "aai-body" }, transcript.element, follow.back, selectionBar.element),
    line.element,
  );

  react(signal, () => root.classList.toggle("aai-marked", state.selection?.kind === "words"));
  root.addEventListener("pointerdown", (event) => toolbar.closeMenus(event.composedPath()[0] as Node), { signal });
  const keys: KeyTable = {
    " ": () => transport.toggle(),
    k: () => transport.toggle(),
    j: () => transport.skipBy(-5000),
    l: () => transport.skipBy(5000),
    ArrowLeft: () => navigation.word(-1),
    ArrowRight: () => navigation.word(1),
    "Shift+ArrowLeft": () => navigation.turn(-1),
    "Shift+ArrowRight": () => navigation.turn(1),
    "Shift+ArrowUp": () => navigation.turn(-1),
    "Shift+ArrowDown": () => navigation.turn(1),
    Home: () => transport.seek(0),
    End: () => transport.seek(state.meta.duration),
    Enter: () => transport.seek(state.columns.start[Math.max(0, state.word)] ?? 0, true),
    m: () => notice(navigation.mark() ? "Marking: arrows extend the selection, M ends it." : "Marked."),
    "[": () => transport.setRate(transport.rate - 0.25),
    "]": () => transport.setRate(transport.rate + 0.25),
    s: () => transport.setSkip(!transport.skip),
    o: () => transport.setLoop(!transport.loop),
    f: actions.toggleFollow,
    u: () => tracks.current() >= 0 && tracks.toggle(tracks.current()),
    "Shift+u": () => tracks.current() >= 0 && tracks.only(tracks.current()),
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
    c: () => coding.toggle(),
    ",": () => coding.walk(-1),
    ".": () => coding.walk(1),
    ...Object.fromEntries(Array.from("123456789", (key, i) => [key, () => void coding.give(i)])),
    "?": () => toolbar.openMenu(2),
    "Ctrl+z": () => void edits.undo(),
    "Ctrl+Shift+z": () => void edits.redo(),
    "Ctrl+y": () => void edits.redo(),
    "Ctrl+a": () => state.columns.words && state.select({ kind: "words", first: 0, last: state.columns.words - 1 }),
    Escape: (event) => onEscape(event),
  };
  bindKeys(root, keys, signal);
  // A letter after a first Escape is still the player's: in a notebook M or R would cost the output.
  let leaving = false;
  const stays = (event: Event) => {
    state.complete();
    if ((event as KeyboardEvent).key !== "Escape") leaving = false;
  };
  for (const kind of ["keydown", "pointerdown"]) root.addEventListener(kind, stays, { capture: true, signal });

  function onEscape(event: KeyboardEvent): void {
    event.preventDefault();
    if (toolbar.closeMenus()) return;
    const target = event.composedPath()[0];
    const searching = searchBox.element.contains(target as Node);
    if (searching && searchBox.asked) searchBox.clear();
    else if (searching) home();
    else if (state.editing) void actions.toggleEditing();
    else if (searchBox.asked) searchBox.clear();
    else if (!leaving) {
      root.focus({ preventScroll: true });
      if (line.element.hidden) notice("Escape once more leaves the player.");
      leaving = true;
    } else backToNotebook();
  }

  function backToNotebook(): void {
    leaving = false;
    view.letGo();
    root.blur();
    (view.el.closest<HTMLElement>(".jp-Notebook, .jp-Cell, .cell") ?? null)?.focus({ preventScroll: true });
  }

  channel.onMessage = (message) => {
    if (!state.page.isMeant(message)) return;
    state.complete();
    if (message.type === "set") state.page.take(message.name, message.value);
    else if (message.type === "goto") transport.seek(Number(message.ms));
    else if (message.type === "pause") transport.toggle(false);
    else if (message.type === "notice") notice(String(message.text ?? ""), true);
    else if (message.type === "play") {
      const ranges = ((message.ranges as number[][]) ?? []).filter((range) => !range[2]);
      transport.playRanges(ranges.map(([from, to]) => [Number(from), Number(to)]));
    }
  };
  const cited = (ms: number) => {
    state.complete();
    transport.seek(ms, true);
    show(Math.max(0, state.word));
  };
  takeCitations(root, () => state.meta.id, cited, signal);

  let hinted = "";
  react(signal, () => {
    const { has_audio, audio_hint } = state.meta;
    const text = has_audio === "none" || has_audio === "ask" ? audio_hint : "";
    if (text !== hinted) {
      if (has_audio === "ask") ask();
      else notice(text, true);
    }
    hinted = text;
  });
  tellWhenOlder(view, (text) => notice(text, true));
  view.atEnd(() => channel.tell("gone"));
  const waits = line.holding();
  const late = (text: string) => waits(text && `${text} Reading and searching still work.`);
  greet(view, late, "ready", { whole: view.model.get("whole") }).then(
    ({ message }) => {
      state.page.name = String(message.page ?? "");
    },
    (error: Error) => root.isConnected && notice(`${error.message} Reading and searching still work.`, true),
  );
});

// Stands in for the Python side on a page without one: real columns, real sound, the edit operations in
// their plainest form. What the real edit layer does with times is tested in Python.

/** {turns: [{speaker, words: [[text, start, end, confidence 0..1]]}]} -> the traits of a Player. */
export function traitsOf(recording) {
  const words = recording.turns.flatMap((turn) => turn.words);
  const filled = recording.turns.filter((turn) => turn.words.length);
  const spaced = words.flatMap(([text], i) => (text.includes(" ") ? [i] : []));
  const view = (array) => new DataView(array.buffer);
  const varints = (values) => view(Uint8Array.from(values.flatMap(varint)));
  return {
    text: filled.map((turn) => turn.words.map((word) => word[0]).join(" ")).join("\n"),
    word_times: varints(words.flatMap(([, start, end], i) => [signed(start - (words[i - 1]?.[2] ?? 0)), end - start])),
    word_spaces: varints(spaced.flatMap((i, k) => [i - (spaced[k - 1] ?? 0), words[i][0].split(" ").length - 1])),
    word_confidence: view(Uint8Array.from(words, (word) => Math.round(word[3] * 255))),
    turns: varints(filled.flatMap((turn) => {
      const speaker = recording.speakers.findIndex((one) => one.label === turn.speaker);
      return [turn.words.length, signed(speaker), 0, 0];
    })),
    speakers: recording.speakers.map((one) => ({ ...one })),
    ...layersOf(recording.layers ?? []),
    codes: recording.codes ?? [],
    codebook: recording.codebook ?? [],
  };
}

const signed = (value) => (value < 0 ? -2 * value - 1 : 2 * value);
const varint = (value) => (value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]);

function layersOf(layers) {
  const places = new Map();
  const place = (text) => places.get(text) ?? (places.set(text, places.size), places.size - 1);
  const cells = Uint16Array.from(layers.flatMap(({ kind, label, value, text }) => [kind, label, value, text].map(place)));
  const times = Int32Array.from(layers.flatMap(({ start, end }) => [start, end]));
  return { layer_texts: [...places.keys()], layer_times: new DataView(times.buffer), layer_cells: new DataView(cells.buffer) };
}

export function peaksOf(pcm, pairs) {
  const out = new Int8Array(pairs * 2);
  const step = pcm.length / pairs;
  for (let i = 0; i < pairs; i++) {
    let low = 0;
    let high = 0;
    for (let k = Math.floor(i * step); k < (i + 1) * step && k < pcm.length; k++) {
      low = Math.min(low, pcm[k]);
      high = Math.max(high, pcm[k]);
    }
    out[2 * i] = Math.max(-127, low >> 8);
    out[2 * i + 1] = Math.min(127, high >> 8);
  }
  return out;
}

export function makeKernel(recording, sound, rate) {
  let revision = 0;
  let undo = [];
  let redo = [];
  const copy = () => {
    const { turns, speakers, codes = [], codebook = [], layers = [] } = recording;
    return JSON.stringify({ turns, speakers, codes, codebook, layers });
  };
  const place = (index) => {
    for (const turn of recording.turns) {
      if (index < turn.words.length) return [turn, index];
      index -= turn.words.length;
    }
    throw new Error(`there is no word ${index}`);
  };
  const ops = {
    rename_speaker({ label, name }) {
      recording.speakers.find((one) => one.label === label).name = name;
    },
    merge_speakers({ label, into }) {
      for (const turn of recording.turns) if (turn.speaker === label) turn.speaker = into;
      recording.speakers = recording.speakers.filter((one) => one.label !== label);
    },
    assign_turn({ turn, label }) {
      recording.turns[turn].speaker = label;
    },
    assign_turns({ turns, label }) {
      for (const turn of turns) recording.turns[turn].speaker = label;
    },
    split_speaker({ turns, name = null }) {
      const label = String.fromCharCode(65 + recording.speakers.length);
      recording.speakers.push({ label, name: name ?? label });
      for (const turn of turns) recording.turns[turn].speaker = label;
    },
    set_turn_text({ turn, text }) {
      const { words } = recording.turns[turn];
      const [start, end] = [words[0][1], words.at(-1)[2]];
      const texts = text.split(" ");
      const step = (end - start) / texts.length;
      recording.turns[turn].words = texts.map((one, i) =>
        one === words[i]?.[0] ? words[i] : [one, Math.round(start + i * step), Math.round(start + (i + 1) * step), 1]);
    },
    accept_word({ word }) {
      const [turn, at] = place(word);
      turn.words[at] = [...turn.words[at].slice(0, 3), 1];
    },
    set_word({ word, text }) {
      const [turn, at] = place(word);
      turn.words[at] = [text, turn.words[at][1], turn.words[at][2], 1];
    },
    set_codebook({ codes }) {
      recording.codebook = codes.map((code) => ({ definition: "", colour: "#5b9c94", parent: "", ...code }));
    },
    add_codes({ rows }) {
      const made = rows.map(({ start, end, code }) => [`c${revision}`, start, end, code, "Ann", ""]);
      recording.codes = [...(recording.codes ?? []), ...made].sort((a, b) => a[1] - b[1]);
    },
    change_code({ code_id, memo }) {
      recording.codes = recording.codes.map((one) => (one[0] === code_id ? [...one.slice(0, 5), memo] : one));
    },
    remove_codes({ code_ids }) {
      recording.codes = recording.codes.filter(([id]) => !code_ids.includes(id));
    },
    seal({ start, end }) {
      recording.layers = [...(recording.layers ?? []), { kind: "sealed", start, end, label: "", value: "sealed", text: "" }];
    },
    split_turn({ turn, word }) {
      const [one, at] = place(word);
      recording.turns.splice(turn + 1, 0, { speaker: one.speaker, words: one.words.splice(at) });
    },
    merge_turns({ turn }) {
      recording.turns[turn].words.push(...recording.turns.splice(turn + 1, 1)[0].words);
    },
  };
  const publish = (model) =>
    model.push({
      ...traitsOf(recording), revision: ++revision,
      history: { undo: undo.at(-1)?.name ?? null, redo: redo.at(-1)?.name ?? null },
    });
  const swap = (from, to, model) => {
    const last = from.pop();
    if (!last) throw new Error("nothing left");
    to.push({ name: last.name, state: copy() });
    Object.assign(recording, JSON.parse(last.state));
    publish(model);
    return {};
  };
  return async (message, model) => {
    const { type, from_ms, to_ms } = message;
    if (type === "audio") {
      (window.muted ??= []).push((message.muted ?? []).join());
      const from = Math.floor((from_ms / 1000) * rate);
      const piece = sound(from, Math.floor((to_ms / 1000) * rate));
      return { reply: { from_ms, to_ms, rate }, buffers: [piece.slice().buffer] };
    }
    if (type === "peaks") {
      const piece = sound(Math.floor((from_ms / 1000) * rate), Math.floor((to_ms / 1000) * rate));
      return { reply: { level: message.level, from_ms, to_ms }, buffers: [peaksOf(piece, Math.max(1, Math.floor((to_ms - from_ms) / message.level))).buffer] };
    }
    if (type === "edit") {
      if (!ops[message.op]) throw new Error(`no operation ${message.op}`);
      undo.push({ name: message.op.replaceAll("_", " "), state: copy() });
      redo = [];
      ops[message.op](message.args);
      publish(model);
      return {};
    }
    if (type === "undo") return swap(undo, redo, model);
    if (type === "redo") return swap(redo, undo, model);
    if (type === "ready") return {};
    throw new Error(`no message ${type}`);
  };
}

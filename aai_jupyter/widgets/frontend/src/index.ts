// The one module of all widgets: the model says which view it is.

import { renderAnswer } from "./ask/answer.ts";
import { renderCaptions } from "./captions/captions.ts";
import { renderChat } from "./chat/chat.ts";
import type { RenderContext, View } from "./host.ts";
import { renderPlayer } from "./player/player.ts";
import { renderRecorder } from "./recorder/recorder.ts";
import { renderStudio } from "./studio/studio.ts";

const VIEWS: Record<string, View> = {
  player: renderPlayer,
  captions: renderCaptions,
  studio: renderStudio,
  answer: renderAnswer,
  chat: renderChat,
  recorder: renderRecorder,
};

function render(context: RenderContext): () => void {
  const name = String(context.model.get("_view"));
  const view = VIEWS[name];
  if (!view) throw new Error(`aai_jupyter has no view named ${name}`);
  const dispose = view(context);
  context.signal?.addEventListener("abort", dispose, { once: true });
  return dispose;
}

export default { render };

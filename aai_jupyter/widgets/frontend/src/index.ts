// The one module of all widgets: the model says which view it is.
import { renderAnswer } from "./ask/answer.ts";
import { renderCaptions } from "./captions/captions.ts";
import { renderChat } from "./chat/chat.ts";
import { renderDashboard } from "./dashboard/dashboard.ts";
import type { Render, RenderContext } from "./host.ts";
import { renderPlayer } from "./player/player.ts";
import { renderRecorder } from "./recorder/recorder.ts";
import { renderStudio } from "./studio/studio.ts";

const VIEWS = {
  player: renderPlayer,
  captions: renderCaptions,
  studio: renderStudio,
  answer: renderAnswer,
  chat: renderChat,
  recorder: renderRecorder,
  dashboard: renderDashboard,
};

function render(context: RenderContext<{ _view: keyof typeof VIEWS }>): () => void {
  const name = context.model.get("_view");
  if (!Object.hasOwn(VIEWS, name)) throw new Error(`aai_jupyter has no view named ${name}`);
  return (VIEWS[name] as Render<never>)(context as RenderContext<never>);
}

let sheet: CSSStyleSheet | undefined;

/** Gives the page our style sheet, once; hosts do that themselves for a widget that brings its own. */
export function wear(style: string): void {
  if (sheet) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets.push(sheet);
}

export default { render };

// What a widget brings itself where the widgets of a kernel share their code: it takes script and style from one model.
import type { Render, RenderContext } from "./host.ts";

interface Traits {
  /** Id of the model with the code. */
  code: string;
}

/** The raw model: what is set here stays in this page. */
interface Code {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

interface Script {
  default: { render: Render<Traits> };
  wear(style: string): void;
}

async function imported(code: Code): Promise<Script> {
  const known = code.get("address");
  try {
    if (known) return await import(String(known));
  } catch {
    // It was another page's, whose state was saved.
  }
  if (code.get("address") === known) {
    const file = new Blob([String(code.get("script"))], { type: "text/javascript" });
    code.set("address", URL.createObjectURL(file)); // every view imports the same module
  }
  return import(String(code.get("address")));
}

async function render(context: RenderContext<Traits>): Promise<() => void> {
  const { model } = context;
  const code = (await model.widget_manager!.get_model(model.get("code"))) as unknown as Code;
  const script = await imported(code);
  script.wear(String(code.get("style")));
  return script.default.render(context);
}

export default { render };

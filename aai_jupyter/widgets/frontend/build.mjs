// Builds ../static/aai.js and ../static/aai.css from src/. With --check: compares instead of writing.
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../static/", import.meta.url));
const common = { absWorkingDir: here, bundle: true, minify: true, write: false, target: ["es2022"], charset: "utf8" };
const outputs = {
  "aai.js": await build({ ...common, entryPoints: ["src/index.ts"], format: "esm" }),
  "aai.css": await build({ ...common, entryPoints: ["src/aai.css"] }),
};
await mkdir(target, { recursive: true });
let stale = 0;
for (const [name, result] of Object.entries(outputs)) {
  const text = result.outputFiles[0].text;
  if (process.argv.includes("--check")) {
    const now = await readFile(target + name, "utf8").catch(() => "");
    if (now !== text) {
      console.error(`${name} does not match its sources: run "npm run build".`);
      stale = 1;
    }
  } else {
    await writeFile(target + name, text);
    console.log(`${name}: ${text.length.toLocaleString("en")} characters`);
  }
}
process.exit(stale);

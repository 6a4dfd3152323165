// Builds ../static/aai.js and ../static/aai.css from src/. With --check: compares instead of writing.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../static/", import.meta.url));
const common = { absWorkingDir: here, bundle: true, minify: true, write: false, target: ["es2022"], charset: "utf8" };
const outputs = {
  "aai.js": await build({ ...common, entryPoints: ["src/index.ts"], format: "esm" }),
  "loader.js": await build({ ...common, entryPoints: ["src/loader.ts"], format: "esm" }),
  "aai.css": await build({ ...common, entryPoints: ["src/aai.css"] }),
};
await mkdir(target, { recursive: true });
let stale = 0;
for (const [name, result] of Object.entries(outputs)) {
  const { contents, text } = result.outputFiles[0];
  if (process.argv.includes("--check")) {
    const committed = await readFile(target + name).catch(() => Buffer.alloc(0));
    if (!committed.equals(contents)) {
      console.error(`${name} does not match its sources: run "npm run build".`);
      stale = 1;
    }
  } else {
    await writeFile(target + name, contents);
    console.log(`${name}: ${text.length.toLocaleString("en")} characters`);
  }
}
process.exit(stale);

import { join } from "@std/path";
import { shellCommand } from "../../src/system/shell.ts";
import { bundledStandIn } from "./bundled_program.ts";
import { PROGRAM_ARGS, resultStep } from "./stage.ts";

/** What the worker of the documents does for a task, by a phrase of its prompt. */
const WORK: Record<string, Record<string, unknown>[]> = {
  "Round the totals": [
    {
      write: {
        path: "src/price.js",
        text:
          "export function total(prices, taxRate) {\n  const sum = prices.reduce((a, b) => a + b, 0);\n  return Math.round(sum * (1 + taxRate));\n}\n",
      },
    },
    {
      write: {
        path: "src/price.test.js",
        text:
          'import assert from "node:assert";\nimport test from "node:test";\nimport { total } from "./price.js";\n\ntest("cents", () => assert.equal(total([999, 1], 0.19), 1190));\n',
      },
    },
    resultStep(
      true,
      "total() rounds to whole cents; node --test passes (1 test, new).",
    ),
  ],
  "handle every title": [
    { write: { path: "src/slug.test.js", text: "// Two tests\n" } },
    resultStep(
      false,
      "Two tests are written; the one for accents fails.",
      "src/slug.test.js has a failing test for accents. Make slug() pass it.",
    ),
  ],
  "failing test for accents": [
    { append: { path: "src/slug.js", text: "// NFKD\n" } },
    resultStep(true, "slug() strips accents before it joins the words."),
  ],
  "Look for dead code": [{ hang: true }],
};

/** The repository in which the documents' commands are typed. */
export const SHOP_FILES: Record<string, string> = {
  "src/price.js":
    "export function total(prices, taxRate) {\n  const sum = prices.reduce((a, b) => a + b, 0);\n  return sum + sum * taxRate;\n}\n",
  "check.sh": "grep -q Math.round src/price.js\n",
  "src/slug.js": 'export const slug = (title) => title.replace(" ", "-");\n',
};

/**
 * Puts `agentctl` into a folder of PATH, and a `codex` that is the stand-in
 * and does what {@linkcode WORK} says for the prompt it gets.
 */
export async function writeDocumentedWorker(
  bin: string,
  folder: string,
): Promise<void> {
  const words = [Deno.execPath(), ...PROGRAM_ARGS];
  const exec = `exec ${shellCommand(words)}`;
  const standIn = `exec ${shellCommand(await bundledStandIn())}`;
  await Deno.mkdir(folder);
  for (const [index, [phrase, steps]] of Object.entries(WORK).entries()) {
    const lines = steps.map((step) => `stand-in: ${JSON.stringify(step)}`);
    await Deno.writeTextFile(
      join(folder, String(index)),
      [phrase, ...lines, ""].join("\n"),
    );
  }
  const worker = `#!/bin/sh
# agentctl stand-in worker
case "$*" in
  *--help* | *--version*) ${standIn} "$@" ;;
esac
prompt=$(mktemp) && work=$(mktemp) && cat > "$prompt"
for script in '${folder}'/*; do
  if grep -qF -e "$(head -n 1 "$script")" "$prompt"; then
    { echo; tail -n +2 "$script"; } >> "$work"
  fi
done
cat "$work" >> "$prompt"
${standIn} "$@" < "$prompt"
`;
  await Deno.writeTextFile(join(bin, "codex"), worker, { mode: 0o755 });
  await Deno.writeTextFile(
    join(bin, "agentctl"),
    `#!/bin/sh\n${exec} "$@"\n`,
    { mode: 0o755 },
  );
}

import { assert, assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { dirname, fromFileUrl, join } from "@std/path";
import { HELP } from "../install.ts";
import { commandHelp } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { EXIT_CODES } from "../src/system/errors.ts";
import {
  configKeys,
  DEFAULT_CONFIG,
  WITHOUT_APPROVAL,
} from "../src/workspace/config.ts";
import config from "../deno.json" with { type: "json" };
import { FAULTS } from "./chaos/faults/mod.ts";
import { makeGitRepository } from "./support/git_repository.ts";
import { makeStage, PROGRAM_ARGS, resultStep } from "./support/stage.ts";
import { compareOutput, normalize } from "./support/transcript_match.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));
const README = await Deno.readTextFile(join(ROOT, "README.md"));
const FAILURES = await Deno.readTextFile(join(ROOT, "docs/failures.md"));
const RELIABILITY = await Deno.readTextFile(join(ROOT, "docs/reliability.md"));

/** The home and folder in which the README's commands were typed. */
const HOME = "/home/ada";

/** What the worker of the README does for a task, by a phrase of its prompt. */
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
    resultStep(true, "slug() takes accents off before it joins the words."),
  ],
  "Look for dead code": [{ hang: true }],
};

interface Fence {
  tag: string;
  lines: string[];
}

interface Step {
  command: string;
  output: string[];
}

/** The fenced blocks of a Markdown text. */
function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((
    [, tag = "", body = ""],
  ) => ({ tag, lines: body.trimEnd().split("\n") }));
}

/** `$ ` begins a command, `> ` continues it, what follows is its output. */
function stepsOf(lines: string[]): Step[] {
  const steps: Step[] = [];
  for (const line of lines) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) {
      steps.push({ command: line.slice(2), output: [] });
    } else if (last && last.output.length === 0 && line.startsWith("> ")) {
      last.command += `\n${line.slice(2)}`;
    } else last?.output.push(line);
  }
  return steps;
}

/** The rows of the table whose header has this first cell. */
function tableOf(markdown: string, firstHeader: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeader} `));
  assert(start >= 0, `README has no table that begins with "${firstHeader}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? undefined : end).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

function withoutTicks(cell: string | undefined): string {
  return cell?.replaceAll("`", "") ?? "";
}

/** A `codex` that is the stand-in and does what {@linkcode WORK} says for the prompt it gets. */
async function writeWorker(bin: string, folder: string): Promise<void> {
  const exec = `exec deno ${PROGRAM_ARGS.map((word) => `'${word}'`).join(" ")}`;
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
  *--help* | *--version*) ${exec} _stand_in "$@" ;;
esac
prompt=$(mktemp) && work=$(mktemp) && cat > "$prompt"
for script in '${folder}'/*; do
  if grep -qF -e "$(head -n 1 "$script")" "$prompt"; then
    { echo; tail -n +2 "$script"; } >> "$work"
  fi
done
cat "$work" >> "$prompt"
${exec} _stand_in "$@" < "$prompt"
`;
  await Deno.writeTextFile(join(bin, "codex"), worker, { mode: 0o755 });
  await Deno.writeTextFile(
    join(bin, "agentctl"),
    `#!/bin/sh\n${exec} "$@"\n`,
    { mode: 0o755 },
  );
}

Deno.test("the console blocks of the README print what they show", async () => {
  await using stage = await makeStage();
  const { scratch } = stage;
  await writeWorker(scratch.bin, join(scratch.dir, "work"));
  const shop = await makeGitRepository(join(scratch.home, "shop"), {
    "src/price.js":
      "export function total(prices, taxRate) {\n  const sum = prices.reduce((a, b) => a + b, 0);\n  return sum + sum * taxRate;\n}\n",
    "check.sh": "grep -q Math.round src/price.js\n",
    "src/slug.js": 'export const slug = (title) => title.replace(" ", "-");\n',
  });
  const environment = { ...stage.env, COLUMNS: "100" };
  /** Ids in the README, and what they are here. */
  const ids = new Map<string, string>();
  let code = 0;
  for (
    const { command, output } of fencesOf(README)
      .filter(({ tag }) => tag === "console").flatMap(({ lines }) =>
        stepsOf(lines)
      )
  ) {
    if (command === "echo $?") {
      assertEquals(String(code), output[0], "exit code of the command before");
      code = 0;
      continue;
    }
    assertEquals(code, 0, `exit code of the command before "${command}"`);
    let typed = command;
    for (const [shown, actual] of ids) typed = typed.replaceAll(shown, actual);
    const result = await new Deno.Command("sh", {
      args: ["-c", `exec 2>&1\n${typed}`],
      cwd: shop.dir,
      env: environment,
      clearEnv: true,
      stdin: "null",
    }).output();
    code = result.code;
    const text = new TextDecoder().decode(result.stdout)
      .replaceAll(scratch.home, HOME);
    const actual = text.trimEnd() === "" ? [] : text.trimEnd().split("\n");
    const difference = compareOutput(output, actual, ids);
    assertEquals(difference, null, `$ ${command}\n${text}`);
  }
  assertEquals(code, 0);
});

Deno.test("the scripts of the README that start many runs, and that merge one, do so", async () => {
  await using stage = await makeStage();
  await Deno.remove(join(stage.scratch.bin, "codex"));
  await writeWorker(stage.scratch.bin, join(stage.scratch.dir, "work"));
  const launcher = PROGRAM_ARGS.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(
    join(stage.scratch.bin, "agentctl"),
    `#!/bin/sh\nexec '${Deno.execPath()}' ${launcher} "$@"\n`,
    { mode: 0o755 },
  );
  const scripts = fencesOf(README).filter(({ tag, lines }) =>
    tag === "sh" && lines.some((line) => line.startsWith("agentctl start"))
  );
  assertEquals(scripts.length, 3);
  for (const { lines } of scripts) {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-e", "-c", lines.join("\n")],
      cwd: stage.repository.dir,
      env: stage.env,
      clearEnv: true,
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  }
  const { stdout } = await stage.agentctl(["list", "--json"]);
  const runs: Record<string, unknown>[] = JSON.parse(stdout);
  assertEquals(runs.map(({ title, goal_met }) => [title, goal_met]), [
    ["Round the totals", true],
    ["parser", true],
    ["lexer", true],
    ["Parser", true],
    ["Lexer", true],
  ]);
  const price = join(stage.repository.dir, "src/price.js");
  assert((await Deno.readTextFile(price)).includes("Math.round"));
});

Deno.test("the commands of the README exist, with the options that it names", async () => {
  const helps = new Map<string, string>();
  for (const { name, load } of COMMANDS) {
    helps.set(name, commandHelp(await load()));
  }
  const installer = HELP;
  const tasks = Object.keys(config.tasks);
  const fenced = fencesOf(README).filter(({ tag }) =>
    ["sh", "console"].includes(tag)
  ).flatMap(({ lines }) => lines);
  const inline = [
    ...README.replaceAll(/^```.*?^```$/gms, "").matchAll(
      /`([^`\n]+)`/g,
    ),
  ].map(([, code = ""]) => code);
  const wrong = [];
  for (const line of [...fenced, ...inline]) {
    const task = /\bdeno(?:@[\d.]+)? task (\S+)/.exec(line)?.[1];
    if (task !== undefined) {
      if (!tasks.includes(task)) wrong.push(line);
      if (task !== "install") continue;
    }
    const name = /(?:^|\s)agentctl ([a-z_][\w-]*)/.exec(line)?.[1];
    const help = task === "install"
      ? installer
      : name === undefined
      ? [...helps.values(), installer].join("\n")
      : helps.get(name) ?? (name === "wiat" ? "" : undefined);
    if (help === undefined) {
      wrong.push(line);
      continue;
    }
    const isOurs = task !== undefined || name !== undefined ||
      line.startsWith("--");
    if (!isOurs) continue;
    for (const [option = ""] of line.matchAll(/(?<=^|\s)--[a-z][a-z-]*/g)) {
      if (!new RegExp(`${option}(?![\\w-])`).test(help)) {
        wrong.push(`${line}: ${option}`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("the README has every command and no other in its table", () => {
  assertEquals(
    tableOf(README, "command").map(([cell]) =>
      withoutTicks(cell).split(" ")[1]
    ),
    COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name),
  );
});

Deno.test("the README's exit codes are those of the program", () => {
  assertEquals(
    tableOf(README, "exit code").map(([number, name]) => [
      withoutTicks(name),
      Number(withoutTicks(number)),
    ]),
    Object.entries(EXIT_CODES),
  );
});

Deno.test("the README's settings are those of the config, with their defaults and what counts without approval", () => {
  assertEquals(
    tableOf(README, "key").map(([key, value, _, counts]) => [
      withoutTicks(key),
      withoutTicks(value),
      counts,
    ]),
    configKeys().map((key) => {
      const rule = WITHOUT_APPROVAL[key];
      return [
        key,
        JSON.stringify(DEFAULT_CONFIG[key]),
        rule === "acts" ? "ignored" : rule.counts,
      ];
    }),
  );
});

Deno.test("the README's classes of failures are those of docs/failures.md", () => {
  assertEquals(
    tableOf(README, "class").map(([name]) => withoutTicks(name)),
    [...FAILURES.matchAll(/^## `(\w+)`$/gm)].map(([, name]) => name),
  );
});

Deno.test("the documents count and name the faults and endings that there are", () => {
  const counted = (name: string) =>
    Number(
      new RegExp(`<!-- ${name} -->(\\d+)<!-- /${name} -->`).exec(README)?.[1],
    );
  assertEquals(counted("chaos:faults"), FAULTS.length);
  const endings = /the (\d+) endings/.exec(FAILURES)?.[1];
  assertEquals(counted("corpus:endings"), Number(endings));
  assertEquals(
    tableOf(RELIABILITY, "what breaks").flatMap(([, faults = ""]) =>
      faults.split("; ").map(withoutTicks)
    ),
    FAULTS.map(({ name }) => name),
  );
});

Deno.test("the README's permissions are those of deno.json", () => {
  const granted = Object.entries(config.permissions.default).map((
    [name, value],
  ) => [
    name,
    Array.isArray(value) ? value.join(", ") : value ? "all" : "none",
  ]);
  assertEquals(
    tableOf(README, "permission").map(([name, value]) => [
      withoutTicks(name),
      withoutTicks(value),
    ]),
    granted,
  );
});

Deno.test("the messages of the README's troubleshooting are in the source", async () => {
  let source = "";
  for await (const { path } of walk(join(ROOT, "src"), { exts: [".ts"] })) {
    source += await Deno.readTextFile(path);
  }
  const missing = tableOf(README, "message").flatMap(([cell]) =>
    withoutTicks(cell).split("…").map((part) => part.trim())
      .filter((part) => part.length > 5 && !source.includes(part))
  );
  assertEquals(missing, []);
});

Deno.test("the pictures and files that the README links to are there", async () => {
  const targets = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) =>
    path ?? ""
  );
  for (const target of targets) await Deno.stat(join(ROOT, target));
  assert(targets.some((target) => target.endsWith(".png")));
});

Deno.test("compareOutput() takes what changes from run to run, and nothing else", () => {
  const ids = new Map<string, string>();
  const shown = ["20260102-030405-a1b2  12s", "…", "end"];
  const actual = ["20270304-050607-c3d4   840ms", "more", "end"];
  assertEquals(compareOutput(shown, actual, ids), null);
  assertEquals(ids.get("20260102-030405-a1b2"), "20270304-050607-c3d4");
  assert(compareOutput(shown, [...actual, "and more"], ids) !== null);
  assert(compareOutput(["goal met"], ["goal not met"], ids) !== null);
  assert(compareOutput([], ["a word"], ids) !== null);
  assert(
    compareOutput(
      ["20260102-030405-a1b2"],
      ["20270304-050607-ffff"],
      ids,
    ) !== null,
  );
  assertEquals(normalize('"exit_code": 0,'), '"exit_code": 0,');
});

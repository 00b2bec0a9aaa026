import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { walk } from "@std/fs";
import { dirname, join, normalize } from "@std/path";
import { HELP } from "../install.ts";
import { commandHelp } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { EXIT_CODES } from "../src/system/errors.ts";
import {
  GIT_VERSIONS,
  MERGING_GIT,
  TMUX_VERSIONS,
  versionWords,
} from "../src/system/program_versions.ts";
import {
  configKeys,
  DEFAULT_CONFIG,
  WITHOUT_APPROVAL,
} from "../src/workspace/config.ts";
import config from "../deno.json" with { type: "json" };
import { FAULTS } from "./chaos/faults/mod.ts";
import {
  type Document,
  fencesOf,
  readDocument,
  readDocuments,
  ROOT,
  tableOf,
  withoutFences,
  withoutTicks,
} from "./support/documents.ts";

const DOCUMENTS = readDocuments();
const README = DOCUMENTS[0]!;
const PROSE = [...DOCUMENTS, readDocument("CONTRIBUTING.md")];

/** The README is a front door: what does not fit on it belongs in `docs/`. */
const MOST_LINES_OF_README = 150;

function docs(name: string): Document {
  return readDocument(`docs/${name}.md`);
}

Deno.test("the README is short, and leads to every document", () => {
  assert(README.text.split("\n").length <= MOST_LINES_OF_README);
  const missing = DOCUMENTS.slice(1)
    .filter(({ path }) => !README.text.includes(`](${path})`));
  assertEquals(missing.map(({ path }) => path), []);
});

Deno.test("the README says that two commands do the set-up, and asks for what they need", async () => {
  assert(README.text.includes(
    "Two commands do all the set-up on a fresh machine: one runs the main job, one passes the tests.",
  ));
  const ci = await Deno.readTextFile(join(ROOT, ".github/workflows/ci.yml"));
  const needed = new Map(
    tableOf(README, "program").map(([name = "", version = "", use = ""]) => [
      name,
      { oldest: version.replace(" or later", ""), use },
    ]),
  );
  for (
    const [name, { oldest, newest }] of [
      ["tmux", TMUX_VERSIONS],
      ["git", GIT_VERSIONS],
    ] as const
  ) {
    assertEquals(needed.get(name)?.oldest, versionWords(oldest));
    assertStringIncludes(
      needed.get(name)?.use ?? "",
      `tried up to ${versionWords(newest)}`,
    );
  }
  assertStringIncludes(
    needed.get("git")?.use ?? "",
    `\`agentctl merge\` needs ${versionWords(MERGING_GIT)}`,
  );
  assertEquals(
    needed.get("Node.js")?.oldest,
    /node-version: (\d+)/.exec(ci)?.[1],
  );
});

Deno.test("the commands in the documents and prompts exist, with the options that are named", async () => {
  const helps = new Map<string, string>();
  for (const { name, load } of COMMANDS) {
    helps.set(name, commandHelp(await load()));
  }
  const installer = HELP;
  const chaos = Deno.readTextFileSync(join(ROOT, "tests/chaos/main.ts"));
  const tasks = Object.keys(config.tasks);
  const prompts = [...Deno.readDirSync(join(ROOT, "prompts"))]
    .map(({ name }) => readDocument(`prompts/${name}`));
  const wrong = [];
  for (const { path, text } of [...PROSE, ...prompts]) {
    const fenced = fencesOf(text).filter(({ tag }) =>
      ["sh", "console"].includes(tag)
    ).flatMap(({ lines }) => lines);
    const inline = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)]
      .map(([, code = ""]) => code);
    for (const line of [...fenced, ...inline]) {
      const task = /\bdeno(?:@[\d.]+)? task (\S+)/.exec(line)?.[1];
      if (task !== undefined) {
        if (!tasks.includes(task)) wrong.push(`${path}: ${line}`);
        if (task !== "install") continue;
      }
      const name = /(?:^|\s)agentctl ([a-z_][\w-]*)/.exec(line)?.[1];
      const help = task === "install"
        ? installer
        : name === undefined
        ? [...helps.values(), installer, chaos].join("\n")
        : helps.get(name) ?? (name === "wiat" ? "" : undefined);
      if (help === undefined) {
        wrong.push(`${path}: ${line}`);
        continue;
      }
      // Alone, an option in what Codex says is Codex's.
      const isOurs = task !== undefined || name !== undefined ||
        line.startsWith("--") && path !== "docs/failures.md";
      if (!isOurs) continue;
      // What follows "--" is for another program.
      const words = line.replace(/ -- .*/, "");
      for (const [option = ""] of words.matchAll(/(?<=^|\s)--[a-z][a-z-]*/g)) {
        if (!new RegExp(`${option}(?![\\w-])`).test(help)) {
          wrong.push(`${path}: ${line}: ${option}`);
        }
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("the README shows ten of the commands", () => {
  const names = tableOf(README, "command").map(([cell]) =>
    withoutTicks(cell).split(" ")[1] ?? ""
  );
  const known = COMMANDS.filter(({ hidden }) => !hidden)
    .map(({ name }) => name);
  assertEquals(new Set(names).size, 10);
  assertEquals(names.filter((name) => !known.includes(name)), []);
});

Deno.test("the documented exit codes are those of the program", () => {
  assertEquals(
    tableOf(docs("results"), "exit code").map(([number, name]) => [
      withoutTicks(name),
      Number(withoutTicks(number)),
    ]),
    Object.entries(EXIT_CODES),
  );
});

Deno.test("the documented settings are those of the config, with their defaults and what counts without approval", () => {
  assertEquals(
    tableOf(docs("settings"), "key").map(([key, value, _, counts]) => [
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

Deno.test("the documented profiles are those that are installed", async () => {
  for (
    const [name, _, reasoning, writes] of tableOf(docs("settings"), "profile")
  ) {
    const file = `config/codex/${withoutTicks(name)}.config.toml`;
    const text = await Deno.readTextFile(join(ROOT, file));
    const value = (key: string) =>
      new RegExp(`^${key} = "(.*)"$`, "m").exec(text)?.[1];
    assertEquals(value("model_reasoning_effort"), reasoning);
    const mode = value("sandbox_mode") ?? DEFAULT_CONFIG.default_sandbox;
    assertEquals(writes, mode === "read-only" ? "no" : "yes");
  }
});

Deno.test("the documented classes of failures are those of docs/failures.md", () => {
  assertEquals(
    tableOf(docs("results"), "class").map(([name]) => withoutTicks(name)),
    [...docs("failures").text.matchAll(/^## `(\w+)`$/gm)].map(([, name]) =>
      name
    ),
  );
});

Deno.test("the documents count and name the faults and endings that there are", () => {
  const reliability = docs("reliability");
  const counted = (name: string) =>
    Number(
      new RegExp(`<!-- ${name} -->(\\d+)<!-- /${name} -->`)
        .exec(reliability.text)?.[1],
    );
  assertEquals(counted("chaos:faults"), FAULTS.length);
  const endings = /the (\d+) endings/.exec(docs("failures").text)?.[1];
  assertEquals(counted("corpus:endings"), Number(endings));
  assertEquals(
    tableOf(reliability, "what breaks").flatMap(([, faults = ""]) =>
      faults.split("; ").map(withoutTicks)
    ),
    FAULTS.map(({ name }) => name),
  );
});

Deno.test("the documented permissions are those of deno.json", () => {
  const granted = Object.entries(config.permissions.default).map((
    [name, value],
  ) => [
    name,
    Array.isArray(value) ? value.join(", ") : value ? "all" : "none",
  ]);
  assertEquals(
    tableOf(docs("permissions"), "permission").map(([name, value]) => [
      withoutTicks(name),
      withoutTicks(value),
    ]),
    granted,
  );
});

Deno.test("the messages of the troubleshooting page are in the source", async () => {
  let source = "";
  for await (const { path } of walk(join(ROOT, "src"), { exts: [".ts"] })) {
    // cannot() puts the first word before what it gets.
    source += (await Deno.readTextFile(path))
      .replace(/\bcannot\(\s*[`"]/g, "Cannot ");
  }
  const missing = tableOf(docs("troubleshooting"), "message").flatMap((
    [cell],
  ) =>
    withoutTicks(cell).split("…").map((part) => part.trim())
      .filter((part) => part.length > 5 && !source.includes(part))
  );
  assertEquals(missing, []);
});

Deno.test("the files, pictures and headings that the documents link to are there", async () => {
  const missing = [];
  for (const { path, text } of PROSE) {
    for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      // Addresses, and pages of the place where the project is published.
      if (/^(https?:|\.\.\/\.\.\/)/.test(target)) continue;
      const [file = "", heading] = target.split("#");
      const other = file === "" ? path : normalize(join(dirname(path), file));
      const there = await Deno.readTextFile(join(ROOT, other))
        .catch(() => null);
      if (
        there === null ||
        heading !== undefined && !anchorsOf(there).includes(heading)
      ) missing.push(`${path}: ${target}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("every picture is shown by a document", () => {
  const shown = DOCUMENTS.map(({ text }) => text).join("\n");
  const unused = [...Deno.readDirSync(join(ROOT, "docs/images"))]
    .filter(({ name }) => !shown.includes(`images/${name})`));
  assertEquals(unused.map(({ name }) => name), []);
});

Deno.test("no sentence of the documents is written twice", () => {
  const places = new Map<string, string[]>();
  for (const { path, text } of PROSE) {
    for (const sentence of sentencesOf(text)) {
      places.set(sentence, [...places.get(sentence) ?? [], path]);
    }
  }
  const repeated = [...places].filter(([sentence, paths]) =>
    sentence.length > 60 && paths.length > 1
  );
  assertEquals(repeated, []);
});

/** The names by which the headings of a Markdown text are linked to. */
function anchorsOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/^#+ (.*)$/gm)].map((
    [, heading = ""],
  ) =>
    heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(/\s/g, "-")
  );
}

/** The sentences of a text, and the cells of its tables, without blocks and generated tables. */
function sentencesOf(markdown: string): string[] {
  if (markdown.includes("<!-- Made by")) return [];
  return withoutFences(markdown).split(/\n+| \| |(?<=[.:;?!]) /)
    .map((sentence) => sentence.replaceAll(/^[\s|*-]+|[\s|]+$/g, ""));
}

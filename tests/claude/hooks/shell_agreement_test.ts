import { assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";
import { readCommand } from "../../../src/claude/hooks/read_command.ts";
import { isFilter } from "../../../src/claude/hooks/filters.ts";
import { infoAtSync } from "../../../src/files/exists.ts";
import { type ReadCall, readCall } from "../../../src/permission/read_call.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { LEGITIMATE } from "../hook_corpus.ts";
import {
  mutated,
  pick,
  randomCommand,
  randomNumbers,
} from "./random_commands.ts";
import { FILE_TEXT, PRINTED, type Started, traceShell } from "./shell_trace.ts";

/** How many texts each shell runs. `deno task spellings` runs many more. */
const COUNT = Number(Deno.env.get("AGENTCTL_SPELLINGS") ?? 200);
const SEED = Number(Deno.env.get("AGENTCTL_SEED") ?? 12);

/** A call to compare, without the difference between no input and an empty one; with `mayLack`, ids may be missing. */
function plain({ name, args, options, heredoc }: ReadCall, mayLack: boolean) {
  const known = (values: readonly (string | true)[]) =>
    mayLack
      ? values.map((value) => `${value}`.replaceAll(PRINTED, "")).filter(
        Boolean,
      )
      : values;
  const given = [...options].map(([name, values]) => [name, known(values)]);
  return JSON.stringify([name, known(args), given, heredoc || null]);
}

/** What is wrong about what a shell has started, beside what the hook has read; `null` for nothing. */
function disagreement(
  text: string,
  started: readonly Started[],
  folder: string,
  hasFailed: boolean,
): string | null {
  const places = readCommand(text, { env: { HOME: folder } })?.places;
  if (!places) return "it is not read twice in the same way";
  // After a call that fails, or does not, the next one may not run, nor set a variable.
  const mayLack = hasFailed || text.includes("||");
  const seen = new Set<string>();
  for (const { name, cwd, args, stdin } of started) {
    if (name !== "agentctl") {
      if (!isFilter([name, ...args])) return `${name} ${args}`;
      continue;
    }
    const here = [...places].filter(([moved]) =>
      resolve(folder, moved ?? ".") === cwd
    ).map(([, place]) => place);
    const isFile = stdin === FILE_TEXT &&
      here.some(({ files }) => files.length > 0);
    const call = readCall(["agentctl", ...args], isFile ? null : stdin || null);
    const words = call === null ? "" : plain(call, mayLack);
    const isRead = here.some(({ calls }) =>
      calls.some((call) => plain(call, mayLack) === words)
    );
    if (!isRead) return `in ${cwd}: ${JSON.stringify([args, stdin])}`;
    seen.add(words);
  }
  const unseen = [...places.values()].flatMap(({ calls }) => calls)
    .map((call) => plain(call, mayLack)).filter((words) => !seen.has(words));
  return unseen.length === 0 || mayLack ? null : `not called: ${unseen}`;
}

const FOLDERS = ["", "packages", "packages/tax"];

function filesIn(folder: string): string[] {
  return FOLDERS.map((name) => join(folder, name, "prompt.md"));
}

/** Different texts that pass, from a seed. */
function passingTexts(folder: string): string[] {
  const random = randomNumbers(SEED);
  const corpus = LEGITIMATE.filter((text) =>
    text.length < 300 && !text.includes("/home/")
  );
  const existing = new Set(filesIn(folder));
  const texts = new Set<string>();
  for (let tries = 0; tries < COUNT * 100 && texts.size < COUNT; tries++) {
    const whole = random() < 0.7 ? randomCommand(random) : pick(corpus, random);
    const text = random() < 0.6 ? mutated(whole, random) : whole;
    const command = readCommand(text, { env: { HOME: folder } });
    // What is not there leads to an error, and to nothing to compare.
    const isThere = [...command?.places ?? []].every(([moved, { files }]) => {
      const place = resolve(folder, moved ?? ".");
      return FOLDERS.some((name) => join(folder, name) === place) &&
        files.every((file) => existing.has(resolve(place, file)));
    });
    // Half a character would become another one on the way.
    const isWhole = text.isWellFormed() && command?.paths.size === 0;
    if (isThere && isWhole && command?.faults.length === 0) texts.add(text);
  }
  assertEquals(texts.size, COUNT);
  return [...texts];
}

/** The shells at hand: zsh only where it is installed. */
const SHELLS = ["/bin/bash", "/bin/dash", ...zshOnPath()];

function zshOnPath(): string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.map((folder) => join(folder, "zsh")).filter((path) =>
    infoAtSync(path) !== null
  ).slice(0, 1);
}

/** Whether the hook lets a text pass in a shell, and the shell can run it. */
function runsIn(shell: string, text: string, env: Record<string, string>) {
  // A shell would end at the first variable that does not exist.
  if (/set -\w*u/.test(text)) return false;
  // dash has no here-strings.
  if (shell.endsWith("/dash") && text.includes("<<<")) return false;
  const isOld = Deno.build.os === "darwin" && shell === "/bin/bash";
  return readCommand(text, { env, isOld }) !== null;
}

Deno.test(`the shells start what the hook reads, with the same words and input, in ${COUNT} generated commands`, async () => {
  await using temporary = await temporaryFolder();
  const folder = await Deno.realPath(temporary.path);
  await Deno.mkdir(join(folder, "packages", "tax"), { recursive: true });
  for (const file of filesIn(folder)) {
    await Deno.writeTextFile(file, FILE_TEXT);
  }
  const texts = passingTexts(folder);
  await Promise.all(SHELLS.map(async (shell) => {
    const known = texts.filter((text) => runsIn(shell, text, { HOME: folder }));
    const { started, stderr } = await traceShell(shell, known, folder);
    assertEquals(stderr, "", shell);
    assertEquals(started.length, known.length, shell);
    const wrong = known.flatMap((text, index) => {
      const hasFailed = index % 2 === 1;
      const why = disagreement(text, started[index] ?? [], folder, hasFailed);
      return why === null ? [] : [{ shell, text, why }];
    });
    assertEquals(wrong.slice(0, 10), []);
  }));
});

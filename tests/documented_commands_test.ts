import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  type Document,
  fencesOf,
  readDocument,
  readDocuments,
  ROOT,
  stepsOf,
} from "./support/documents.ts";
import {
  SHOP_FILES,
  writeDocumentedWorker,
} from "./support/documented_worker.ts";
import { makeGitRepository } from "./support/git_repository.ts";
import { makeStage, type Stage } from "./support/stage.ts";
import { compareOutput, normalize } from "./support/transcript_match.ts";

const DOCUMENTS = [...readDocuments(), readDocument("CONTRIBUTING.md")];

/** The home in which the commands of the documents were typed. */
const HOME = "/home/ada";

/** Commands that are too large to run here: what runs them, and the words that do so. */
const RUN_ELSEWHERE: Record<string, [file: string, words: string]> = {
  "npx -y deno@2.8.3 task demo": [".ci/run", "npx -y deno@2.8.3 task demo"],
  "npx -y deno@2.8.3 task test": ["deno.json", "&& deno task test"],
  "npx -y deno@2.8.3 task ok": [".ci/run", "npx -y deno@2.8.3 task ok"],
  "npx -y deno@2.8.3 task install": ["tests/install_test.ts", '"install.ts"'],
  "agentctl orch": ["tests/journeys/claude_world.ts", '"agentctl orch"'],
};

/** What has to be there before the scripts of a document run; returns where they do. */
const PREPARATIONS: Record<string, (stage: Stage) => Promise<string>> = {
  "README.md": async ({ scratch }) => {
    const downloads = join(scratch.dir, "downloads");
    await Deno.mkdir(downloads);
    const name = "agentctl-x86_64-unknown-linux-gnu";
    await Deno.writeTextFile(join(downloads, name), "");
    await Deno.writeTextFile(
      join(downloads, "SHA256SUMS"),
      `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  ${name}\n`,
    );
    if (Deno.build.os === "darwin") {
      await writeProgram(scratch.bin, "sha256sum", 'exec shasum -a 256 "$@"');
    }
    return downloads;
  },
  "docs/settings.md": async ({ scratch, agentctl, repository }) => {
    const shop = join(scratch.home, "src/shop");
    await Deno.mkdir(join(shop, ".ai-orch"), { recursive: true });
    await Deno.writeTextFile(
      join(shop, ".ai-orch/config.jsonc"),
      '{ "default_profile": "spark" }\n',
    );
    const { stdout } = await agentctl(["trust", shop, "--show"]);
    assertStringIncludes(stdout, "not approved");
    return repository.dir;
  },
  "docs/state.md": async ({ scratch, agentctl }) => {
    const old = join(scratch.home, "old/shop");
    await makeGitRepository(old, SHOP_FILES);
    await agentctl(["init"], { cwd: old });
    await agentctl(["add-project", "shop", "."], { cwd: old });
    const shop = join(scratch.home, "new/shop");
    await Deno.mkdir(join(scratch.home, "new"));
    await Deno.rename(old, shop);
    // As a container would, with another home.
    await writeProgram(
      scratch.bin,
      "docker",
      'while [ "$1" != IMAGE ]; do shift; done; shift; HOME=$(mktemp -d) exec "$@"',
    );
    return shop;
  },
};

/** What the scripts of a document have left behind. */
const OUTCOMES: Record<string, (stage: Stage) => Promise<void>> = {
  "README.md": async ({ scratch }) => {
    const path = join(scratch.home, ".local/bin/agentctl");
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o755);
  },
  "docs/many-at-once.md": async ({ agentctl }) => {
    const { stdout } = await agentctl(["list", "--limit", "4", "--json"]);
    const runs: Record<string, unknown>[] = JSON.parse(stdout);
    assertEquals(runs.map(({ title, goal_met }) => [title, goal_met]), [
      ["parser", true],
      ["lexer", true],
      ["Parser", true],
      ["Lexer", true],
    ]);
  },
  "docs/settings.md": async ({ scratch, agentctl }) => {
    const shop = join(scratch.home, "src/shop");
    const { stdout } = await agentctl(["trust", shop, "--show"]);
    assertStringIncludes(stdout, "not approved");
  },
  "docs/state.md": async ({ scratch, agentctl }) => {
    const { stdout } = await agentctl(["projects", "--json"], {
      cwd: join(scratch.home, "new/shop"),
    });
    assertStringIncludes(stdout, join(scratch.home, "new/shop"));
  },
  "docs/worktrees.md": async ({ repository }) => {
    const price = join(repository.dir, "src/price.js");
    assertStringIncludes(await Deno.readTextFile(price), "Math.round");
  },
};

Deno.test("every command of the README and docs runs, and prints what is shown", async (t) => {
  await using stage = await makeStage();
  const { scratch } = stage;
  await writeDocumentedWorker(scratch.bin, join(scratch.dir, "work"));
  for (const document of DOCUMENTS) {
    const { path } = document;
    const fences = fencesOf(document.text);
    const consoles = fences.filter(({ tag }) => tag === "console");
    if (consoles.length > 0) {
      await t.step(`console blocks of ${path}`, async () => {
        const shop = join(scratch.home, "shop");
        await makeGitRepository(shop, SHOP_FILES);
        await followConsole(
          stage,
          shop,
          consoles.flatMap(({ lines }) => lines),
        );
        await Deno.remove(shop, { recursive: true });
      });
    }
    const scripts = scriptsOf(document);
    if (scripts.length === 0) continue;
    await t.step(`scripts of ${path}`, async () => {
      const cwd = await PREPARATIONS[path]?.(stage) ?? stage.repository.dir;
      for (const script of scripts) {
        const { code, output } = await shell(stage, cwd, `set -e\n${script}`);
        assertEquals(code, 0, `${script}\n${output}`);
      }
      await OUTCOMES[path]?.(stage);
    });
  }
});

Deno.test("commands that are too large for a test of their own are run elsewhere", async () => {
  const fenced = DOCUMENTS.flatMap(({ text }) =>
    fencesOf(text).flatMap(({ lines }) => lines)
  );
  for (const [command, [file, words]] of Object.entries(RUN_ELSEWHERE)) {
    assert(fenced.includes(command), `no document has "${command}"`);
    assertStringIncludes(await Deno.readTextFile(join(ROOT, file)), words);
  }
});

Deno.test("no block of the documents hides a command from these tests", () => {
  // The examples of generated pages are tested with the help that they come from.
  const written = DOCUMENTS.filter(({ text }) =>
    !text.includes("<!-- Made by")
  );
  const hidden = written.flatMap(({ path, text }) =>
    fencesOf(text).filter(({ tag }) => !["sh", "console"].includes(tag))
      .flatMap(({ lines }) => lines)
      .filter((line) => /^(\$ )?(agentctl|npx|deno) /.test(line))
      .map((line) => `${path}: ${line}`)
  );
  assertEquals(hidden, []);
});

/** The `sh` blocks of a document, without what runs elsewhere. */
function scriptsOf({ text }: Document): string[] {
  return fencesOf(text).filter(({ tag }) => tag === "sh").map(({ lines }) =>
    lines.filter((line) => RUN_ELSEWHERE[line] === undefined).join("\n")
  ).filter((script) => script !== "");
}

/** Types the commands of `console` blocks and compares what they print. */
async function followConsole(
  stage: Stage,
  cwd: string,
  lines: readonly string[],
): Promise<void> {
  /** Ids in the document, and what they are here. */
  const ids = new Map<string, string>();
  let code = 0;
  for (const { command, output } of stepsOf(lines)) {
    if (command === "echo $?") {
      assertEquals(String(code), output[0], "exit code of the command before");
      code = 0;
      continue;
    }
    assertEquals(code, 0, `exit code of the command before "${command}"`);
    let typed = command;
    for (const [shown, actual] of ids) typed = typed.replaceAll(shown, actual);
    const result = await shell(stage, cwd, typed);
    code = result.code;
    const text = result.output.replaceAll(stage.scratch.home, HOME).trimEnd();
    const actual = text === "" ? [] : text.split("\n");
    const difference = compareOutput(output, actual, ids);
    assertEquals(difference, null, `$ ${command}\n${text}`);
  }
  assertEquals(code, 0, "exit code of the last command");
}

/** Runs a script in the environment of the stage; its output includes its errors. */
async function shell(
  { env }: Stage,
  cwd: string,
  script: string,
): Promise<{ code: number; output: string }> {
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", `exec 2>&1\n${script}`],
    cwd,
    env: { ...env, COLUMNS: "100" },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

async function writeProgram(
  bin: string,
  name: string,
  script: string,
): Promise<void> {
  await Deno.writeTextFile(join(bin, name), `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
}

Deno.test("compareOutput() accepts what changes from run to run, and nothing else", () => {
  const ids = new Map<string, string>();
  const shown = ["20260102-030405-a1b2  12s", "…", "end"];
  const actual = ["20270304-050607-c3d4   840ms", "more", "end"];
  assertEquals(compareOutput(shown, actual, ids), null);
  assertEquals(ids.get("20260102-030405-a1b2"), "20270304-050607-c3d4");
  assert(compareOutput(shown, [...actual, "and more"], ids) !== null);
  assertEquals(compareOutput(["a1b2  x"], ["c3d4  x"], ids), null);
  assertEquals(compareOutput(["a1b3  x"], ["c3d4  x"], ids), null);
  assert(compareOutput(["a1b2  x"], ["c3d5  x"], ids) !== null);
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

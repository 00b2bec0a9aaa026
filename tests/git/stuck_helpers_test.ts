import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tellFailedFilters } from "../../src/git/failing_filters.ts";
import type { HelperPatience } from "../../src/git/git_call.ts";
import { runGit, runGitOnce } from "../../src/git/git_command.ts";
import { findRepository } from "../../src/git/repository.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";
import { temporaryRepository } from "./temporary_repository.ts";

const PATIENCE: HelperPatience = {
  lookMs: 100,
  idleMs: 600,
  mostMs: 60_000,
};

interface Helper {
  /** The configuration of filter "f". */
  config: string;
  /** Programs as scripts, by name. */
  programs: Record<string, string>;
  /** The git call that runs it. */
  args: string[];
  /** Whether git itself says nothing of it. */
  once?: boolean;
  patience?: HelperPatience;
  /** What is told; nothing if all is well. */
  told?: string;
}

const ADD = ["add", "--all"];
const RESET = ["reset", "--hard", "--quiet"];

const HELPERS: Record<string, Helper> = {
  "a filter that does nothing": {
    config: "clean = waits %f\n\trequired = true\n",
    programs: { waits: "exec sleep 300" },
    args: ADD,
    told: "waits failed as clean filter",
  },
  "a shell command as a filter, which git does not need": {
    config: "smudge = cat >/dev/null && sleep 300\n",
    programs: {},
    args: RESET,
    told: "sleep did nothing for",
  },
  "a filter process that never says what it can": {
    config: "process = talks\n\trequired = true\n",
    programs: { talks: "cat > /dev/null; exec sleep 300" },
    args: ADD,
    told: "talks failed as clean filter",
  },
  "a download that asks for a password in a window": {
    config: "clean = cat\n\tsmudge = git-lfs smudge -- %f\n\trequired = true\n",
    programs: {
      "git-lfs": "my-askpass; cat",
      "my-askpass": "sleep 300 & wait",
    },
    args: RESET,
    told: "git-lfs failed as smudge filter",
  },
  "a filter that is busy forever": {
    config: "clean = spins\n\trequired = true\n",
    programs: { spins: "while :; do :; done" },
    args: ADD,
    patience: { ...PATIENCE, mostMs: 1_200 },
    told: "spins was ended after",
  },
  "a filter that is slow, but works": {
    config: "clean = works\n\trequired = true\n",
    programs: {
      works:
        "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; echo $i; done >&2; cat",
    },
    args: ADD,
  },
};

for (const [name, helper] of Object.entries(HELPERS)) {
  Deno.test(`runGit() does not wait forever for ${name}`, async () => {
    await using temporary = await temporaryRepository({
      ".gitattributes": "*.bin filter=f -text\n",
      "a.bin": "1\n",
      "b.bin": "1\n",
    }, { dir: OUT_OF_REACH });
    const { root, env, base } = temporary;
    const bin = join(base, "bin");
    await Deno.mkdir(bin);
    for (const [name, script] of Object.entries(helper.programs)) {
      const text = `#!/bin/sh\n${script}\n`;
      await Deno.writeTextFile(join(bin, name), text, { mode: 0o755 });
    }
    env.PATH = `${bin}:${env.PATH}`;
    await Deno.writeTextFile(
      join(base, ".gitconfig"),
      `[filter "f"]\n\t${helper.config}`,
      { append: true },
    );
    await temporary.write({ "a.bin": "2\n", "b.bin": "2\n" });
    const repository = await findRepository(root, env);
    assert(repository);
    const call = { env, cwd: root, repository, writesIndex: true };
    const patience = helper.patience ?? PATIENCE;
    const output = await runGit(helper.args, { ...call, patience });
    assertEquals(output.code, 0, output.stderr);
    const told = tellFailedFilters(env).join("\n");
    if (helper.told === undefined) assertEquals(told, "");
    else assertStringIncludes(told, helper.told);
    const text = helper.args === RESET ? "1\n" : "2\n";
    assertEquals(await Deno.readTextFile(join(root, "a.bin")), text);
    assertEquals(await temporary.git(["show", ":b.bin"]), text);
    // Once is enough.
    await runGitOnce(["status", "--short"], { ...call, patience });
    assertEquals(tellFailedFilters(env), []);
  });
}

import { join } from "@std/path";
import { shellQuote } from "../../src/system/shell.ts";
import { makeClaudeHome } from "../support/claude_home.ts";
import { type ClaudeVersion, ensureClaude } from "../support/claude_tools.ts";
import type { MessagesServer } from "../support/messages_server.ts";
import { makeStage, PROGRAM_ARGS, type Stage } from "../support/stage.ts";

/** A stage on which the real Claude Code finds agentctl by its name. */
export interface ClaudeStage extends Stage {
  /** Runs the real Claude Code; what it printed. */
  claude(...args: string[]): Promise<{ code: number; stdout: string }>;
  /** One sentence to Claude Code in print mode; what it printed. */
  askClaude(sentence: string): Promise<{ code: number; stdout: string }>;
}

/** Makes the stage. Throws an `Error` where this Claude Code cannot be had. */
export async function makeClaudeStage(
  server: MessagesServer,
  version: ClaudeVersion,
): Promise<ClaudeStage> {
  const folder = await ensureClaude(version);
  if (folder === null) throw new Error(`There is no Claude Code ${version}`);
  const stage = await makeStage();
  const launcher = [Deno.execPath(), ...PROGRAM_ARGS].map(shellQuote).join(" ");
  await Deno.writeTextFile(
    join(stage.scratch.bin, "agentctl"),
    `#!/bin/sh\nexec ${launcher} "$@"\n`,
    { mode: 0o755 },
  );
  await Deno.symlink(
    await Deno.realPath(join(folder, "claude")),
    join(stage.scratch.bin, "claude"),
  );
  const own = await makeClaudeHome(stage.scratch.home, {
    folders: [stage.repository.dir],
    baseUrl: server.url,
  });
  Object.assign(stage.env, own);
  const claudeHere = async (...args: string[]) => {
    const { code, stdout } = await new Deno.Command("claude", {
      args,
      cwd: stage.repository.dir,
      env: stage.env,
      clearEnv: true,
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  };
  return {
    ...stage,
    claude: claudeHere,
    askClaude: (sentence) => claudeHere("-p", sentence),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

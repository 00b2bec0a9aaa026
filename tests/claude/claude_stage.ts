import { join } from "@std/path";
import { shellQuote } from "../../src/system/shell.ts";
import { makeClaudeHome } from "../support/claude_home.ts";
import { ensureClaude } from "../support/claude_tools.ts";
import type { MessagesServer } from "../support/messages_server.ts";
import { makeStage, PROGRAM_ARGS, type Stage } from "../support/stage.ts";

/** A stage on which the real Claude Code finds agentctl by its name. */
export interface ClaudeStage extends Stage {
  /** Runs the real Claude Code; what it printed. */
  claude(...args: string[]): Promise<{ code: number; stdout: string }>;
  /** One sentence to Claude Code in print mode; what it printed. */
  askClaude(sentence: string): Promise<{ code: number; stdout: string }>;
}

/** Makes the stage; `null` where the real Claude Code cannot be had. */
export async function makeClaudeStage(
  server: MessagesServer,
): Promise<ClaudeStage | null> {
  const folder = await ensureClaude();
  if (folder === null) return null;
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
    folder: stage.repository.dir,
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

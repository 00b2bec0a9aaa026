import { pluginStatus } from "../claude/plugin/plugin.ts";
import { findProgram } from "../system/find_program.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Claude Code, which is optional. It is not started, because it writes files of its own. */
export async function* checkClaude(
  { caller }: Examination,
): AsyncGenerator<Finding> {
  const path = findProgram(caller.env, "claude");
  yield path === null
    ? warning(
      "claude",
      "Claude Code is not on PATH; agentctl works without it, from any shell",
      "to use it as the orchestrator, install it with npm install -g @anthropic-ai/claude-code",
    )
    : ok("claude", `Claude Code is installed (${path})`);
  const { state, folder } = await pluginStatus(caller.env);
  if (state !== "outdated") return;
  yield warning(
    "claude.plugin",
    `The plugin for Claude Code in "${folder}" belongs to another version, or to an agentctl that has moved: its hooks may call a program that is gone`,
    'update it with "agentctl claude install"',
  );
}

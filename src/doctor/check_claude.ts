import {
  isHeldInSandbox,
  SANDBOX_FAULT,
  SANDBOX_REMEDY,
} from "../lifecycle/bash_sandbox.ts";
import { readClaudeSettings } from "../claude/plugin/claude_settings.ts";
import { pluginStatus } from "../claude/plugin/plugin.ts";
import { findProgram } from "../system/find_program.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Claude Code, which is optional. It is not started, because it writes files of its own. */
export async function* checkClaude(
  { caller, open }: Examination,
): AsyncGenerator<Finding> {
  const path = findProgram(caller.env, "claude");
  yield path === null
    ? warning(
      "claude",
      "Claude Code is not on PATH; agentctl works without it, from any shell",
      "to use it as the orchestrator, install it with npm install -g @anthropic-ai/claude-code",
    )
    : ok("claude", `Claude Code is installed (${path})`);
  const { state, folder, mcp } = await pluginStatus(caller.env);
  const { workspace } = await open();
  if (await isHeldInSandbox({ workspace, caller })) {
    yield problem(
      "claude.sandbox",
      `Here ${SANDBOX_FAULT}: runs cannot be started, and checks of tmux and of the workspace fail`,
      SANDBOX_REMEDY,
    );
  } else if (state !== "missing" && !mcp) {
    const { hasSandbox } = await readClaudeSettings(caller.env, caller.cwd);
    if (hasSandbox) {
      yield warning(
        "claude.sandbox",
        "In sessions with the plugin, commands cannot start runs: Claude Code's Bash tool has a sandbox",
        'start Claude Code with "agentctl orch", or let it use MCP: "agentctl claude install --mcp"',
      );
    }
  }
  if (state !== "outdated") return;
  yield warning(
    "claude.plugin",
    `The plugin for Claude Code in "${folder}" belongs to another version, or to an agentctl that has moved: its hooks may call a program that is gone`,
    'update it with "agentctl claude install"',
  );
}

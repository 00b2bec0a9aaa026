import { resolve } from "@std/path";
import { isFolder } from "../files/exists.ts";
import { openOrchestratorPane, ownPane } from "../claude/orchestrator/pane.ts";
import { notFoundError } from "../system/errors.ts";
import { requireProgram } from "../system/find_program.ts";
import { flag, text } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { runOrchestrator } from "./orch_pane.ts";

export default command({
  name: "orch",
  summary: "start Claude Code as the orchestrator, with its workers beside it",
  usage: "orch [dir] [-c | --resume ID] [--mcp] [-- claude options]",
  description:
    "Starts Claude Code as the orchestrator of a folder (default: the current one): it plans and\nstarts workers, which appear to the right of it. Inside tmux it uses the current pane if that\nis alone in its window (apart from workers), and otherwise a new window; outside tmux it joins\nthe session named in the settings. Whatever follows -- goes to claude.",
  action: "start the orchestrator",
  args: "[dir]",
  passesOn: true,
  options: {
    continue: flag("continue the last conversation of the folder", "c"),
    resume: text("ID", "continue that conversation"),
    mcp: flag("let Claude Code call agentctl through MCP instead of the shell"),
    here: flag("use this pane, whatever else its window holds"),
  },
  examples: [
    "agentctl orch",
    "agentctl orch ~/src/shop -c",
    "agentctl orch -- --model opus",
  ],
  async run({ args, rest, options, caller, fleet, say }) {
    const folder = resolve(caller.cwd, args[0] ?? ".");
    if (
      !await isFolder(folder)
    ) {
      throw notFoundError(
        `Cannot start the orchestrator: folder "${folder}" does not exist`,
      );
    }
    requireProgram(caller.env, "claude", "start the orchestrator");
    requireProgram(caller.env, "tmux", "start the orchestrator");
    const context = await fleet();
    const inFolder = { ...context, caller: { ...caller, cwd: folder } };
    const { resume, mcp, here } = options;
    const claudeArgs = [
      ...options.continue ? ["--continue"] : [],
      ...resume === undefined ? [] : ["--resume", resume],
      ...rest,
    ];
    const pane = await ownPane(inFolder, here);
    if (pane === null) {
      return await openOrchestratorPane(inFolder, claudeArgs, mcp, say);
    }
    return await runOrchestrator(inFolder, pane, { mcp, claudeArgs });
  },
});

import { resolve } from "@std/path";
import { isFolder } from "../files/exists.ts";
import { prepareOrchestrator } from "../orchestrator/prepare.ts";
import {
  leavePane,
  openOrchestratorPane,
  ownPane,
} from "../orchestrator/pane.ts";
import { runClaude } from "../orchestrator/run_claude.ts";
import { notFoundError, usageError } from "../system/errors.ts";
import { requireProgram } from "../system/find_program.ts";
import { type Command, optionText } from "./command.ts";

export const orchCommand: Command = {
  name: "orch",
  summary: "start Claude Code as the orchestrator, its workers beside it",
  usage: "orch [dir] [-c | --resume ID] [--mcp] [-- claude options]",
  description:
    "Starts Claude Code as the orchestrator of a folder (default: the current one): it plans\nand starts workers, which appear on the right of it. Inside tmux in the current pane if\nthat is alone in its window, but for workers, else in a new window; outside tmux in the session of the\nconfig, which it joins. What stands behind -- goes to claude.",
  passesOn: true,
  options: [
    {
      name: "continue",
      alias: "c",
      help: "continue the last conversation of the folder",
    },
    { name: "resume", value: "ID", help: "continue that conversation" },
    {
      name: "mcp",
      help: "let Claude Code call agentctl by MCP instead of the shell",
    },
    { name: "here", help: "in this pane, whatever else its window holds" },
  ],
  examples: [
    "agentctl orch",
    "agentctl orch ~/src/shop -c",
    "agentctl orch -- --model opus",
  ],
  async run({ args, rest, options, caller, fleet, say }) {
    if (args.length > 1) {
      throw usageError(
        `Cannot start the orchestrator: give one folder, not ${args.length}`,
      );
    }
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
    const resume = optionText(options, "resume");
    const claudeArgs = [
      ...options["continue"] ? ["--continue"] : [],
      ...resume === undefined ? [] : ["--resume", resume],
      ...rest,
    ];
    const here = options["here"] === true;
    const pane = await ownPane(inFolder, here);
    if (pane === null) {
      return await openOrchestratorPane(
        inFolder,
        claudeArgs,
        options["mcp"] === true,
        say,
      );
    }
    const call = await prepareOrchestrator(inFolder, pane, {
      mcp: options["mcp"] === true,
      claudeArgs,
    });
    try {
      return await runClaude(call, folder);
    } finally {
      await leavePane(inFolder, pane);
    }
  },
};

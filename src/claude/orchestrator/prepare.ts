import { dirname, join } from "@std/path";
import type { FleetContext } from "../../workspace/context.ts";
import { orchestratorEnvironment } from "../../run/environment.ts";
import { launcherText, selfCommand } from "../../system/self_command.ts";
import { writeFileAtomic, writeJsonAtomic } from "../../files/atomic_file.ts";
import { readPromptText } from "../../workspace/prompts.ts";
import { ensureState } from "../../workspace/workspace.ts";
import { mcpConfig } from "../hooks/hooks.ts";
import { readClaudeSettings } from "../plugin/claude_settings.ts";
import { pluginFolder } from "../plugin/plugin.ts";
import { STATUS_LINE_FILE, statusLineScript } from "../plugin/status_line.ts";
import { exists } from "../../files/exists.ts";
import { realPathSoFar } from "../../system/real_path.ts";
import { readProjects } from "../../workspace/projects.ts";
import {
  HOOKS_FILE,
  monitorFiles,
  MONITORS_FILE,
} from "../plugin/plugin_files.ts";
import { claudeFlags } from "./claude_flags.ts";
import { contextText } from "../hooks/context_text.ts";
import { backgroundVariables, MCP_WORDS } from "./mcp_words.ts";
import { SANDBOX_WORDS } from "./sandbox_words.ts";
import { orchestratorSettings } from "./settings.ts";
import { instead } from "../../system/ignore.ts";

/** `off` sends the system prompt as it is now, and not as it was when the conversation began. */
const SNAPSHOT_FLAG = "--system-prompt-snapshot";

/** Loads a plugin for one session. */
const PLUGIN_FLAG = "--plugin-dir";

/** How Claude Code is to be started. */
export interface OrchestratorOptions {
  mcp: boolean;
  /** The user's arguments for claude. */
  claudeArgs: readonly string[];
}

/** The command line and environment of the orchestrator's Claude Code. */
export interface OrchestratorCall {
  args: string[];
  env: Record<string, string>;
}

/** Where messages about ended runs are shown: the orchestrator's own pane. */
export const NOTIFY_TARGET_VARIABLE = "AGENTCTL_NOTIFY_TARGET";

/**
 * Writes what Claude Code is given (prompt, settings, MCP servers) into the
 * state of the workspace, where no worker can write, and returns the call. The
 * prompt goes in a file: from 16 KB on, it would be too long an argument for
 * tmux (Claude Code 2.1.197).
 */
export async function prepareOrchestrator(
  context: FleetContext,
  paneId: string | null,
  options: OrchestratorOptions,
): Promise<OrchestratorCall> {
  const { workspace, caller } = context;
  await ensureState(workspace);
  const { argv } = selfCommand();
  const folder = join(workspace.state, "orchestrator");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const promptFile = join(folder, "prompt.md");
  const settingsFile = join(folder, "settings.json");
  const { hasSandbox, hasStatusLine } = await readClaudeSettings(
    caller.env,
    caller.cwd,
  );
  // What starts or steers runs cannot work in the sandbox; MCP servers are outside.
  const mcp = options.mcp || hasSandbox;
  const script = join(folder, STATUS_LINE_FILE);
  if (!hasStatusLine) await writeFileAtomic(script, statusLineScript(argv));
  const { text } = await readPromptText(
    { root: workspace.root, env: caller.env },
    "orchestrator",
  );
  await writeFileAtomic(
    promptFile,
    [
      text.trimEnd(),
      ...mcp ? [MCP_WORDS] : [],
      ...hasSandbox ? [SANDBOX_WORDS] : [],
      await contextText(context),
    ].join("\n\n"),
  );
  await writeJsonAtomic(
    settingsFile,
    orchestratorSettings({
      mcp,
      hooksInstalled: await hasPlugin(caller.env, HOOKS_FILE),
      program: argv,
      statusScript: hasStatusLine ? null : script,
      hasSandbox,
    }),
  );
  const args: string[] = [];
  if (mcp) {
    const mcpFile = join(folder, "mcp.json");
    await writeJsonAtomic(mcpFile, mcpConfig(argv));
    // First, because this flag takes all words up to the next flag.
    args.push("--mcp-config", mcpFile);
  }
  args.push("--settings", settingsFile);
  args.push("--append-system-prompt-file", promptFile);
  const flags = await claudeFlags(context);
  // Otherwise a conversation that goes on keeps the prompt that it began with.
  if (flags.has(SNAPSHOT_FLAG)) args.push(SNAPSHOT_FLAG, "off");
  if (flags.has(PLUGIN_FLAG) && !await hasPlugin(caller.env, MONITORS_FILE)) {
    const plugin = join(folder, "plugin");
    for (const { path, text } of monitorFiles(argv)) {
      await Deno.mkdir(dirname(join(plugin, path)), {
        recursive: true,
        mode: 0o700,
      });
      await writeFileAtomic(join(plugin, path), text);
    }
    args.push(PLUGIN_FLAG, plugin);
  }
  const bin = await ownBin(folder, argv);
  const own = orchestratorEnvironment(caller.env, await workFolders(context));
  return {
    args: [...args, ...options.claudeArgs],
    env: {
      ...own,
      PATH: `${bin}:${own["PATH"] ?? ""}`,
      AI_ORCH_HOME: workspace.root,
      ...mcp ? backgroundVariables(own) : {},
      ...paneId === null ? {} : { [NOTIFY_TARGET_VARIABLE]: paneId },
    },
  };
}

/** Where workers will run while Claude Code does. */
async function workFolders(
  { workspace, caller }: FleetContext,
): Promise<string[]> {
  const projects = await readProjects(workspace).catch(
    instead([], "folders of projects that cannot be read are not withheld"),
  );
  const folders = [caller.cwd, ...projects.map(({ path }) => path)];
  return [...folders, ...await Promise.all(folders.map(realPathSoFar))];
}

/** A folder in which `agentctl` is this very program. */
async function ownBin(
  folder: string,
  argv: readonly string[],
): Promise<string> {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(bin, "agentctl"), launcherText(argv), {
    mode: 0o700,
  });
  return bin;
}

/** Whether the installed plugin has a file: one of an older version may lack some. */
async function hasPlugin(
  env: Record<string, string>,
  file: string,
): Promise<boolean> {
  return await exists(join(pluginFolder(env), file));
}

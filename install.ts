/**
 * Installs agentctl for one person: the program, the workspace in the home
 * folder, profiles for Codex, the plugin for Claude Code. Notes what it adds, so that it can take exactly
 * that back.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { dirname, fromFileUrl, isAbsolute, join, resolve } from "@std/path";
import { isFolder } from "./src/files/exists.ts";
import { installPlugin } from "./src/install/install_plugin.ts";
import { installProfiles } from "./src/install/install_profiles.ts";
import { installProgram } from "./src/install/install_program.ts";
import { installWorkspace } from "./src/install/install_workspace.ts";
import { type Installation, say } from "./src/install/installation.ts";
import { readManifest } from "./src/install/manifest.ts";
import { uninstall } from "./src/install/uninstall.ts";
import {
  AgentctlError,
  environmentError,
  EXIT_CODES,
  messageOf,
  usageError,
} from "./src/system/errors.ts";
import { writeStderr, writeStdout } from "./src/system/standard_output.ts";
import { WORKSPACE_NAME } from "./src/workspace/state_folder.ts";

const HELP =
  `Installs agentctl for you alone: the program, ~/.ai-orch, profiles for Codex,
and, if you want it, the plugin that teaches Claude Code to use agentctl.

Usage: deno task install [options]

Options:
  --bin-dir DIR   Folder of the program (default: ~/.local/bin)
  --no-profiles   Leave the profiles of Codex alone
  --claude        Install the plugin for Claude Code without asking
  --no-claude     Leave Claude Code alone
  --dry-run       Say what would be done, and do nothing
  --uninstall     Take back what was installed and is still as it was
  -h, --help      Print this

A second run brings the program up to date and changes nothing else. What you
have already stays as it is.

Environment: CODEX_HOME (profiles), CLAUDE_CONFIG_DIR (plugin), DENORT_BIN (the runtime for "deno compile").
Exit codes: 0 done, 2 wrong options, 5 something could not be done.
`;

type Options = ReturnType<typeof readOptions>;

async function main(
  args: string[],
  env: Record<string, string>,
): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      writeStdout(HELP);
      return EXIT_CODES.ok;
    }
    const installation = await prepare(options, env);
    if (options.uninstall) {
      await uninstall(installation);
      return EXIT_CODES.ok;
    }
    return await install(installation, options);
  } catch (error) {
    return complain(error);
  }
}

function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        "bin-dir": { type: "string" },
        claude: { type: "boolean", default: false },
        "no-claude": { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        "no-profiles": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        uninstall: { type: "boolean", default: false },
      },
    });
    if (values["bin-dir"] === "") throw new Error("--bin-dir needs a folder");
    if (values.claude && values["no-claude"]) {
      throw new Error("--claude and --no-claude exclude each other");
    }
    return values;
  } catch (error) {
    throw usageError(`Cannot install: ${messageOf(error)}; see --help`);
  }
}

async function prepare(
  options: Options,
  env: Record<string, string>,
): Promise<Installation> {
  const home = await homeOf(env);
  const workspace = join(home, WORKSPACE_NAME);
  // What is noted must be found again from any folder.
  const absolute = (name: string) =>
    env[name] ? { [name]: resolve(env[name]) } : {};
  return {
    env: {
      ...env,
      ...absolute("CODEX_HOME"),
      ...absolute("CLAUDE_CONFIG_DIR"),
    },
    checkout: dirname(fromFileUrl(import.meta.url)),
    workspace,
    binDir: resolve(options["bin-dir"] ?? join(home, ".local", "bin")),
    dryRun: options["dry-run"],
    manifest: await readManifest(join(workspace, "install.json")),
    changes: 0,
  };
}

async function homeOf(env: Record<string, string>): Promise<string> {
  const home = env["HOME"];
  if (home && isAbsolute(home) && await isFolder(home)) {
    return resolve(home);
  }
  const state = home ? `"${home}", which is no folder` : "not set";
  throw environmentError(
    `Cannot install: HOME is ${state}; set it to your home folder`,
  );
}

async function install(
  installation: Installation,
  options: Options,
): Promise<number> {
  // First, because the list of what is added lies in it.
  await installWorkspace(installation);
  const steps = [installProgram];
  if (!options["no-profiles"]) steps.push(installProfiles);
  if (!options["no-claude"]) {
    steps.push((installation) => installPlugin(installation, options.claude));
  }
  let code: number = EXIT_CODES.ok;
  // Each, even if one before it failed: they do not need each other.
  for (const step of steps) {
    await step(installation).catch((error) => code = complain(error));
  }
  if (code === EXIT_CODES.ok && installation.changes === 0) {
    say("Nothing to change: everything is installed already.");
  }
  return code;
}

/** Says what is wrong, and returns the exit code. */
function complain(error: unknown): number {
  const isKnown = error instanceof AgentctlError;
  const words = messageOf(error);
  writeStderr(`${isKnown ? error.message : `Cannot install: ${words}`}\n`);
  return isKnown && error.code === "usage"
    ? EXIT_CODES.usage
    : EXIT_CODES.environment;
}

if (import.meta.main) Deno.exit(await main(Deno.args, Deno.env.toObject()));

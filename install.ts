/**
 * Installs agentctl for one user: the program, the workspace in the home
 * folder, profiles for Codex, the plugin for Claude Code. Notes what it adds, so that it can take exactly
 * that back.
 *
 * @module
 */
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
import { optionLines } from "./src/terminal/option_help.ts";
import { flag, type OptionValues, text } from "./src/terminal/option_spec.ts";
import { readOptions, sortWords } from "./src/terminal/parse_options.ts";
import { WORKSPACE_NAME } from "./src/workspace/state_folder.ts";

const OPTIONS = {
  "bin-dir": text("DIR", "folder of the program (default: ~/.local/bin)"),
  "no-profiles": flag("leave the profiles of Codex alone"),
  claude: flag("install the plugin for Claude Code without asking"),
  "no-claude": flag("leave Claude Code alone"),
  "dry-run": flag("say what would be done, and do nothing"),
  uninstall: flag("take back what was installed and is still as it was"),
  help: flag("print this", "h"),
};

/** What `--help` prints. */
export const HELP =
  `Installs agentctl for you alone: the program, ~/.ai-orch, profiles for Codex,
and, if you want it, the plugin that teaches Claude Code to use agentctl.

Usage: deno task install [options]

Options:
${optionLines(OPTIONS).join("\n")}

A second run brings the program up to date and changes nothing else. What you
have already stays as it is.

Environment: CODEX_HOME (profiles), CLAUDE_CONFIG_DIR (plugin), DENORT_BIN (the runtime for "deno compile").
Exit codes: 0 done, 2 wrong options, 5 something could not be done.
`;

type Options = OptionValues<typeof OPTIONS>;

async function main(
  args: string[],
  env: Record<string, string>,
): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === null) {
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

/** The options of a call; `null` if it asks for help. Throws a `usage` error for what there is not. */
function parseOptions(words: readonly string[]): Options | null {
  const { args, rest, given } = sortWords(OPTIONS, words, "deno task install");
  if (given["help"]) return null;
  const [unexpected] = [...args, ...rest];
  if (unexpected !== undefined) {
    throw usageError(
      `Cannot install: argument "${unexpected}" is unexpected; see --help`,
    );
  }
  const options = readOptions(OPTIONS, given, "install");
  if (options.binDir === "") {
    throw usageError('Cannot use --bin-dir "": give a folder; see --help');
  }
  if (options.claude && options.noClaude) {
    throw usageError(
      "Cannot use both --claude and --no-claude: give one of them; see --help",
    );
  }
  return options;
}

async function prepare(
  options: Options,
  env: Record<string, string>,
): Promise<Installation> {
  const home = await homeOf(env);
  const workspace = join(home, WORKSPACE_NAME);
  // The list must make sense from any folder.
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
    binDir: resolve(options.binDir ?? join(home, ".local", "bin")),
    dryRun: options.dryRun,
    manifest: await readManifest(join(workspace, "install.json")),
    changes: 0,
    todo: [],
  };
}

async function homeOf(env: Record<string, string>): Promise<string> {
  const home = env["HOME"];
  if (home && isAbsolute(home) && await isFolder(home)) {
    return resolve(home);
  }
  const state = home ? `"${home}", which is not a folder` : "not set";
  throw environmentError(
    `Cannot install: HOME is ${state}; set it to your home folder`,
  );
}

async function install(
  installation: Installation,
  options: Options,
): Promise<number> {
  // First, because the list of what is added is kept in it.
  await installWorkspace(installation);
  const steps = [installProgram];
  if (!options.noProfiles) steps.push(installProfiles);
  if (!options.noClaude) {
    steps.push((installation) => installPlugin(installation, options.claude));
  }
  let code: number = EXIT_CODES.ok;
  // Each of them, even if one before it failed: they are independent.
  for (const step of steps) {
    await step(installation).catch((error) => code = complain(error));
  }
  if (code !== EXIT_CODES.ok) return code;
  if (installation.changes === 0) {
    say("Nothing to change: everything is already installed.");
  }
  if (!options.dryRun) sayWhatIsNext(installation, options);
  return code;
}

function sayWhatIsNext({ todo }: Installation, options: Options): void {
  const commands = [
    ...todo,
    "agentctl doctor                     # check what agentctl needs",
    "cd YOUR_PROJECT",
    ...options.noClaude ? [] : [
      "agentctl orch                       # let Claude Code plan and start workers",
    ],
    'agentctl start --prompt "Your task" # or start a worker yourself',
  ];
  say(["", "Next:", ...commands.map((line) => `  ${line}`)].join("\n"));
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

import { closestString } from "@std/text";
import {
  AgentctlError,
  environmentError,
  EXIT_CODES,
  messageOf,
  usageError,
} from "../system/errors.ts";
import { VERSION } from "../system/version.ts";
import { escapeInJson, stripControls } from "../text/sanitize.ts";
import type { Caller, Workspace } from "../workspace/workspace.ts";
import {
  type Call,
  type Command,
  HOME_OPTION,
  optionText,
  type OptionValues,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseCall } from "./parse_call.ts";

/** Where a command's text goes. */
export interface Output {
  print(text: string): void;
  say(text: string): void;
}

/** Runs one command line and returns its exit code. Every error becomes one line on stderr. */
export async function runCli(
  argv: readonly string[],
  caller: Caller,
  output: Output,
): Promise<number> {
  const wantsJson = argv.includes("--json");
  const harmless = harmlessOutput(output);
  try {
    return await dispatch(argv, caller, harmless);
  } catch (error) {
    const known = describeError(error);
    // What an error quotes (a word of the call, a damaged file) may hold anything.
    const message = error instanceof AgentctlError
      ? stripControls(known.message)
      : known.message;
    harmless.say(message);
    if (wantsJson) {
      harmless.print(JSON.stringify({ error: { code: known.code, message } }));
    }
    return known.exitCode;
  }
}

/** Data and words may quote models, tools and file names: nothing in them reaches a person's terminal as a control. */
function harmlessOutput(output: Output): Output {
  return {
    print: (text) =>
      output.print(/^\s*[[{]/.test(text) ? escapeInJson(text) : text),
    say: (text) => output.say(stripControls(text, { keepNewlines: true })),
  };
}

async function dispatch(
  argv: readonly string[],
  caller: Caller,
  output: Output,
): Promise<number> {
  const [first, ...rest] = argv;
  if (
    first === undefined || first === "--help" || first === "-h" ||
    first === "help"
  ) {
    output.print(
      (await helpFor(first === "help" ? rest[0] : undefined)).trimEnd(),
    );
    return first === undefined ? EXIT_CODES.usage : EXIT_CODES.ok;
  }
  if (first === "--version" || first === "-V") {
    output.print(`agentctl ${VERSION} (${Deno.build.target})`);
    return EXIT_CODES.ok;
  }
  const command = await findCommand(first);
  const { args, rest: passedOn, options } = command.raw
    ? { args: rest, rest: [], options: {} }
    : parseCall(command, rest);
  if (options["help"]) {
    output.print(commandHelp(command).trimEnd());
    return EXIT_CODES.ok;
  }
  const home = optionText(options, HOME_OPTION.name);
  if (home !== undefined) {
    caller = { ...caller, env: { ...caller.env, HOME: home } };
  }
  let opened: Promise<Workspace> | undefined;
  // Loaded at need: a hook that runs at every Bash call does without.
  const workspace = () => opened ??= open(command, options, caller, output.say);
  const call: Call = {
    args,
    rest: passedOn,
    options,
    caller,
    ...output,
    workspace,
    fleet: async () => ({ workspace: await workspace(), caller }),
  };
  if (command.movesQueue) {
    const { pumpQuietly } = await import("../fleet/pump_quietly.ts");
    await pumpQuietly(await call.fleet());
  }
  const { readOnly = false } = command;
  if (typeof readOnly === "function" ? readOnly(options) : readOnly) {
    await Deno.permissions.revoke({ name: "write" });
  }
  return await command.run(call);
}

/** Opens the workspace of a call, and says once to people what of it does not count. */
async function open(
  command: Command,
  options: OptionValues,
  caller: Caller,
  say: Output["say"],
): Promise<Workspace> {
  const { openWorkspace } = await import("../workspace/workspace.ts");
  const workspace = await openWorkspace(
    caller,
    optionText(options, "workspace"),
  );
  if (!command.name.startsWith("_")) workspace.remarks.forEach(say);
  return workspace;
}

async function helpFor(name: string | undefined): Promise<string> {
  if (name !== undefined) return commandHelp(await findCommand(name));
  const shown = COMMANDS.filter((entry) => !entry.hidden);
  return programHelp(await Promise.all(shown.map((entry) => entry.load())));
}

async function findCommand(name: string): Promise<Command> {
  const entry = COMMANDS.find((entry) => entry.name === name);
  if (entry) return await entry.load();
  const names = COMMANDS.filter((entry) => !entry.hidden).map((entry) =>
    entry.name
  );
  throw usageError(
    `Cannot run "${name}": there is no such command; did you mean "${
      closestString(name, names)
    }" (see agentctl --help)`,
  );
}

/** What the system refuses (permissions, a full disk) is the environment's fault, not a crash. */
function describeError(error: unknown): AgentctlError {
  if (error instanceof AgentctlError) return error;
  const isSystem =
    Object.values(Deno.errors).some((kind) => error instanceof kind) ||
    /\(os error \d+\)/.test(messageOf(error));
  if (isSystem) {
    return environmentError(`The system refuses: ${messageOf(error)}`, error);
  }
  const detail = error instanceof Error
    ? error.stack ?? error.message
    : String(error);
  return environmentError(
    `agentctl failed, which is a mistake of its own; please report: ${detail}`,
    error,
  );
}

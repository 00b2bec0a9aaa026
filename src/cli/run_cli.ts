import { AgentctlError, EXIT_CODES, usageError } from "../system/errors.ts";
import { VERSION } from "../system/version.ts";
import { escapeInJson, stripControls } from "../text/sanitize.ts";
import type { Caller, Workspace } from "../workspace/workspace.ts";
import type { Call, Command, Condition } from "./command.ts";
import { COMMANDS, orderWords } from "./commands.ts";
import { describeError } from "./describe_error.ts";
import type { ParsedCall } from "./parse_call.ts";

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
  // Now, because read-only commands cannot open a file for it later.
  const end = caller.env["AGENTCTL_DEBUG"]
    ? (await import("./debugging.ts")).beginDebugging(argv, caller.env)
    : null;
  const exitCode = await runCommandLine(argv, caller, output);
  end?.(exitCode);
  return exitCode;
}

async function runCommandLine(
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

/** Data and messages may quote models, tools and file names: no control character in them reaches the user's terminal. */
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
  const [first, ...rest] = orderWords(argv);
  if (
    first === undefined || first === "--help" || first === "-h" ||
    first === "help"
  ) {
    output.print(
      (await helpFor(
        first === "help"
          ? rest.find((word) => !word.startsWith("-"))
          : undefined,
      )).trimEnd(),
    );
    return first === undefined ? EXIT_CODES.usage : EXIT_CODES.ok;
  }
  if (first === "--version" || first === "-V" || first === "version") {
    output.print(`agentctl ${VERSION} (${Deno.build.target})`);
    return EXIT_CODES.ok;
  }
  const command = await findCommand(first);
  const parsed = await parse(command, rest);
  if (parsed === null) {
    output.print((await helpFor(command.name)).trimEnd());
    return EXIT_CODES.ok;
  }
  const { home, workspace: named } = parsed.options;
  if (typeof home === "string") {
    caller = { ...caller, env: { ...caller.env, HOME: home } };
  }
  let opened: Promise<Workspace> | undefined;
  // Loaded when needed: a hook, which runs at every Bash call, does not need it.
  const workspace = () => opened ??= open(command, named, caller, output.say);
  const call: Call = {
    ...parsed,
    caller,
    ...output,
    workspace,
    fleet: async () => {
      const { noteEarlierRuns } = await import("../guard/earlier_runs.ts");
      const context = { workspace: await workspace(), caller };
      await noteEarlierRuns(context, {
        mayWrite: !holds(command.readOnly, parsed.options),
      });
      return context;
    },
  };
  const isHeld = caller.env["SANDBOX_RUNTIME"] !== undefined &&
    await isHeldInSandbox(command, call);
  if (!isHeld && holds(command.movesQueue, parsed.options)) {
    const { pumpQuietly } = await import("../lifecycle/pump_quietly.ts");
    await pumpQuietly(await call.fleet(), { inPassing: true });
  }
  if (holds(command.readOnly, parsed.options)) {
    await Deno.permissions.revoke({ name: "write" });
  }
  return await command.run(call);
}

/** Whether the sandbox of Claude Code's Bash tool lets agentctl only look. Throws an `environment` error if the command does more. */
async function isHeldInSandbox(
  command: Command,
  { fleet, options }: Call,
): Promise<boolean> {
  // Programs of our own run elsewhere, or look after themselves.
  if (command.raw || command.name.startsWith("_")) return false;
  const { isHeldInSandbox, refuseInSandbox } = await import(
    "../lifecycle/bash_sandbox.ts"
  );
  if (command.inSandbox || holds(command.readOnly, options)) {
    return holds(command.movesQueue, options) &&
      await isHeldInSandbox(await fleet());
  }
  await refuseInSandbox(await fleet(), command.action);
  return false;
}

/** What the words say; `null` if they ask for help. The words of a hook, which runs at every Bash call, need no parsing. */
async function parse(
  command: Command,
  words: readonly string[],
): Promise<ParsedCall | null> {
  if (command.raw) {
    const options = { json: false, help: false, workspace: undefined };
    return { args: words, rest: [], options, choices: {} };
  }
  const { parseCall } = await import("./parse_call.ts");
  return parseCall(command, words);
}

function holds(
  condition: Condition = false,
  options: ParsedCall["options"],
): boolean {
  if (typeof condition === "boolean") return condition;
  if ("with" in condition) return options[condition.with] === true;
  return [condition.without].flat().every((name) => !options[name]);
}

/** Opens the workspace of a call, and tells the user once which parts of it do not count. */
async function open(
  command: Command,
  named: string | undefined,
  caller: Caller,
  say: Output["say"],
): Promise<Workspace> {
  const { openWorkspace } = await import("../workspace/workspace.ts");
  const workspace = await openWorkspace(caller, named);
  if (!command.name.startsWith("_")) workspace.remarks.forEach(say);
  return workspace;
}

async function helpFor(name: string | undefined): Promise<string> {
  const { commandHelp, programHelp } = await import("./help.ts");
  if (name !== undefined) return commandHelp(await findCommand(name));
  const shown = COMMANDS.filter((entry) => !entry.hidden);
  return programHelp(await Promise.all(shown.map((entry) => entry.load())));
}

async function findCommand(name: string): Promise<Command> {
  const entry = COMMANDS.find((entry) => entry.name === name);
  if (entry) return await entry.load();
  const { HABITS } = await import("../terminal/command_words.ts");
  const meant = HABITS.get(name);
  if (meant !== undefined) {
    throw usageError(
      `Cannot run "${name}": there is no such command; ${meant}`,
    );
  }
  const { suggestion } = await import("../text/suggestion.ts");
  const names = COMMANDS.filter((entry) => !entry.hidden).map((entry) =>
    entry.name
  );
  const near = suggestion(name, names);
  throw usageError(
    `Cannot run "${name}": there is no such command; ${
      near === null
        ? "see agentctl --help"
        : `did you mean "${near}" (see agentctl --help)`
    }`,
  );
}

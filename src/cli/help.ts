import { VERSION } from "../system/version.ts";
import { inTwoColumns, optionLines } from "../terminal/option_help.ts";
import { type Command, optionsOf } from "./command.ts";

/** How to call a command, without the program's name. */
export function usageOf(command: Command): string {
  const { name, usage, args, argsOr, options } = command;
  if (usage !== undefined) return usage;
  const shown = Object.entries(options).filter(([name]) => name !== argsOr)
    .map(([name, spec]) =>
      spec.kind === "flag" ? `[--${name}]` : `[--${name} ${spec.value}]`
    );
  const instead = argsOr === undefined ? "" : `| --${argsOr}`;
  return [name, args, instead, ...shown].filter((part) => part !== "")
    .join(" ");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { description, examples } = command;
  return [
    `Usage: agentctl ${usageOf(command)}`,
    "",
    description,
    "",
    "Options:",
    ...optionLines(optionsOf(command)),
    "",
    examples.length === 1 ? "Example:" : "Examples:",
    ...examples.flatMap((example) =>
      example.split("\n").map((line) => `  ${line}`)
    ),
    "",
  ].join("\n");
}

/** The help of the program: what it is and its commands. */
export function programHelp(commands: readonly Command[]): string {
  return [
    `agentctl ${VERSION}: runs many Codex workers in tmux panes and brings back structured results`,
    "",
    "Usage: agentctl <command> [options]",
    "",
    "Commands:",
    ...inTwoColumns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Exit codes: 0 done and goal met, 1 finished but goal not met, 2 usage, 3 not found,",
    "4 the run failed, was lost or stopped, 5 environment, 6 a worker asks, 124 time ran out,",
    "130 interrupted",
    "",
    'See "agentctl <command> --help" for options and examples; "agentctl demo" shows it in action.',
    "",
  ].join("\n");
}

import { VERSION } from "../system/version.ts";
import { type Command, COMMON_OPTIONS, type OptionSpec } from "./command.ts";

/** The help of one command. */
export function commandHelp(command: Command): string {
  const options = [...command.options, ...COMMON_OPTIONS];
  return [
    `Usage: agentctl ${command.usage}`,
    "",
    command.description,
    "",
    "Options:",
    ...twoColumns(options.map((spec) => [optionLabel(spec), spec.help])),
    "",
    command.examples.length === 1 ? "Example:" : "Examples:",
    ...command.examples.flatMap((example) =>
      example.split("\n").map((line) => `  ${line}`)
    ),
    "",
  ].join("\n");
}

/** The help of the program: what it is and its commands. */
export function programHelp(commands: readonly Command[]): string {
  return [
    `agentctl ${VERSION}: runs Codex workers side by side in tmux and brings back structured results`,
    "",
    "Usage: agentctl <command> [options]",
    "",
    "Commands:",
    ...twoColumns(commands.map((command) => [command.name, command.summary])),
    "",
    "Exit codes: 0 done and goal met, 1 finished but goal not met, 2 usage, 3 not found,",
    "4 the run failed, was lost or stopped, 5 environment, 124 time ran out, 130 interrupted",
    "",
    'See "agentctl <command> --help" for options and examples, "agentctl demo" to see it at work.',
    "",
  ].join("\n");
}

function optionLabel(spec: OptionSpec): string {
  const alias = spec.alias ? `-${spec.alias}, ` : "    ";
  return `${alias}--${spec.name}${spec.value ? ` ${spec.value}` : ""}`;
}

function twoColumns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

import {
  EXEC_OPTIONS,
  type OptionSpec,
  RESUME_OPTIONS,
  TOP_OPTIONS,
} from "./options.ts";
import { describe } from "./parse_options.ts";

/** How each command is called, in the words of Codex. */
export const USAGE = {
  top: "Usage: codex [OPTIONS] <COMMAND> [ARGS]",
  exec:
    "Usage: codex exec [OPTIONS] [PROMPT]\n       codex exec [OPTIONS] <COMMAND> [ARGS]",
  resume: "Usage: codex exec resume [OPTIONS] [SESSION_ID] [PROMPT]",
  login: "Usage: codex login [OPTIONS] [COMMAND]",
} as const;

const WHO =
  "This is agentctl's stand-in worker, not Codex: it asks no model and follows a script in the prompt.";

/** The help of a command, in the form of Codex's own. */
export function helpText(command: keyof typeof USAGE): string {
  switch (command) {
    case "top":
      return page(
        "top",
        [["exec", "Run non-interactively [aliases: e]"], [
          "login",
          "Manage login",
        ]],
        [],
        TOP_OPTIONS,
      );
    case "exec":
      return page(
        "exec",
        [[
          "resume",
          "Resume a previous session by id or pick the most recent with --last",
        ]],
        [["[PROMPT]", "Instructions; if not given or `-`, read from stdin"]],
        EXEC_OPTIONS,
      );
    case "resume":
      return page(
        "resume",
        [],
        [
          [
            "[SESSION_ID]",
            "Session id (UUID); if omitted, use --last to pick the most recent session",
          ],
          [
            "[PROMPT]",
            "Prompt to send after resuming the session. If `-` is used, read from stdin",
          ],
        ],
        RESUME_OPTIONS,
      );
    case "login":
      return page(
        "login",
        [["status", "Show login status"]],
        [],
        TOP_OPTIONS.filter((option) => option.short !== "V"),
      );
  }
}

type Entry = [name: string, help: string];

function page(
  command: keyof typeof USAGE,
  commands: Entry[],
  words: Entry[],
  options: OptionSpec[],
): string {
  const sections = [WHO, USAGE[command]];
  if (commands.length > 0) {
    sections.push(
      [
        "Commands:",
        ...commands.map(([name, help]) => `  ${name.padEnd(8)}${help}`),
      ].join("\n"),
    );
  }
  if (words.length > 0) {
    sections.push(
      "Arguments:\n" +
        words.map(([name, help]) => `  ${name}\n          ${help}`).join(
          "\n\n",
        ),
    );
  }
  sections.push(
    "Options:\n" +
      options.filter((option) => !option.hidden).map(optionHelp).join("\n\n"),
  );
  return sections.join("\n\n") + "\n";
}

function optionHelp(option: OptionSpec): string {
  const short = option.short ? `-${option.short}, ` : "    ";
  const choices = option.choices
    ? `\n          \n          [possible values: ${option.choices.join(", ")}]`
    : "";
  return `  ${short}${describe(option)}\n          ${
    option.help ?? "Accepted without effect"
  }${choices}`;
}

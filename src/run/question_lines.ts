import { harmlessLine, harmlessWords } from "../text/others_words.ts";
import { showExactly } from "../text/show_exactly.ts";
import type { WaitingFor } from "./waiting_for.ts";

/** What a worker asks, in one line. */
export function questionLine({ asks, command }: WaitingFor): string {
  if (command !== null && asks.length === 0) return `May it ${toDo(command)}?`;
  const more = asks.length > 1 ? ` (and ${asks.length - 1} more)` : "";
  return `${harmlessLine(asks[0]?.question ?? "")}${more}`;
}

/** What a worker asks, with its choices, as lines for whoever answers. */
export function questionLines(
  { kind, asks, command, cwd, reason }: WaitingFor,
): string[] {
  // What is to be approved must not look like something else.
  const words = kind === "approval" ? showExactly : harmlessWords;
  const questions = asks.flatMap(({ question, choices }, index) => [
    ...`${asks.length > 1 ? `${index + 1}. ` : ""}${words(question)}`
      .split("\n"),
    ...choices.map(({ label, description }, choice) =>
      `  ${choice + 1}) ${harmlessLine(label)}${
        description === "" ? "" : ` · ${harmlessLine(description)}`
      }`
    ),
  ]);
  if (command !== null) {
    questions.push(
      asks.length > 0 ? showExactly(command) : `It wants to ${toDo(command)}`,
    );
  }
  return [
    ...questions,
    ...cwd === null ? [] : [`in ${showExactly(cwd)}`],
    ...reason === null ? [] : [`Its reason: ${harmlessLine(reason)}`],
  ];
}

/** How to answer it. */
export function answerCommands(runId: string, waiting: WaitingFor): string[] {
  const { id, kind, asks } = waiting;
  const command = `agentctl answer ${runId}/${id}`;
  if (kind === "approval") return [`${command} --approve`, `${command} --deny`];
  const hasChoices = asks.every(({ choices }) => choices.length > 0);
  const isFree = asks.every(({ free }) => free);
  return [
    ...hasChoices ? [asks.reduce((line) => `${line} --choice N`, command)] : [],
    ...isFree ? [asks.reduce((line) => `${line} TEXT`, command)] : [],
  ];
}

/** A command that would run outside the sandbox, for a person to judge: exactly as it is. */
function toDo(command: string): string {
  return `run, outside its sandbox: ${showExactly(command)}`;
}

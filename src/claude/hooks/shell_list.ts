import { type ShellTraits, type Source, source } from "./shell_source.ts";
import { readRedirection } from "./shell_redirection.ts";
import type { Command, Step } from "./shell_syntax.ts";
import { readWord } from "./shell_word.ts";
import { ignore } from "../../system/ignore.ts";

const SETS = /([A-Za-z_][A-Za-z0-9_]*)=/y;

/**
 * Reads a text that consists of simple commands, in pipelines and lists joined by
 * `&&`, `||`, `;`, `&` and line breaks, and of nothing else that a shell gives a
 * meaning. `null` for everything else, including much that would be harmless:
 * this does not read what shells could read in two ways.
 */
export function readShellList(
  text: string,
  shell: ShellTraits = {},
): Step[] | null {
  try {
    const from = source(text, shell, readSubstitution);
    const steps = readSteps(from);
    return from.isAtEnd() ? steps : null;
  } catch (error) {
    ignore(error, "whatever is not wholly understood is not read");
    return null;
  }
}

/** Reads the steps up to the end, or up to a bracket that closes a substitution. */
function readSteps(from: Source): Step[] {
  const steps: Step[] = [];
  for (from.skipLines(); !from.isAtEnd(); from.skipLines()) {
    const commands = readPipeline(from);
    from.skipComment();
    const then = from.take(/&&|\|\||[;\n]|&(?![&>])/y)?.[0] ?? "";
    if (then === "\n") from.goBack(then);
    steps.push({
      commands,
      then: then === "\n" ? ";" : then as Step["then"],
    });
    if (then === "" && !from.isAtEnd()) from.fail();
    if (then === "&&" || then === "||") {
      from.skipLines();
      if (from.isAtEnd()) from.fail();
    }
  }
  if (steps.length === 0) from.fail();
  return steps;
}

function readPipeline(from: Source): Command[] {
  const commands = [readCommand(from)];
  while (from.take(/\|(?![|&])/y)) {
    from.skipLines();
    commands.push(readCommand(from));
  }
  return commands;
}

/** Reads `$(…)`, which holds a single pipeline, from the bracket to the one that closes it. */
function readSubstitution(from: Source): Command[] {
  const [step, ...more] = from.within(() => readSteps(from));
  if (step === undefined || more.length > 0 || !["", ";"].includes(step.then)) {
    return from.fail();
  }
  return step.commands;
}

function readCommand(from: Source): Command {
  const command: Command = {
    sets: null,
    words: [],
    input: null,
    isRedirected: false,
  };
  from.skipBlanks();
  const [, name] = from.take(SETS) ?? [];
  if (name !== undefined) {
    command.sets = name;
    command.words = [readWord(from) ?? from.fail()];
    from.skipBlanks();
    return command;
  }
  for (;;) {
    const redirection = readRedirection(from);
    if (redirection !== null) {
      // Before the program, shells differ in what they allow.
      if (command.words.length === 0) from.fail();
      if (redirection.ofOutput) command.isRedirected = true;
      if (redirection.input !== undefined) {
        if (command.input !== null) from.fail();
        command.input = redirection.input;
      }
    } else {
      const word = readWord(from);
      if (word === null) break;
      command.words.push(word);
    }
    // Words are separated, so that `2<<` is not read as a word and an operator.
    if (!from.skipBlanks() && !from.isAtBreak()) from.fail();
  }
  if (command.words.length === 0) from.fail();
  return command;
}

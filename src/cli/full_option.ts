import type { OptionSpec, OptionValues } from "./command.ts";

/** Records that go to a pipe are short, for a model; this prints all of them. */
export const FULL_OPTION: OptionSpec = {
  name: "full",
  help: "print the whole record also to a pipe",
};

/** Whether whole records are wanted: by the option, or by a person at a terminal. */
export function wantsFull(options: OptionValues): boolean {
  return options["full"] === true || Deno.stdout.isTerminal();
}

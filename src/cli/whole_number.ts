import { usageError } from "../system/errors.ts";
import { optionText, type OptionValues } from "./command.ts";

/** The whole number of an option; `undefined` if it is not given. Throws a `usage` error that says which numbers there are. */
export function wholeNumber(
  options: OptionValues,
  name: string,
  { from, to }: { from: number; to: number },
): number | undefined {
  const text = optionText(options, name);
  if (text === undefined) return undefined;
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (number >= from && number <= to) return number;
  throw usageError(
    `Cannot use --${name} "${text}": give a whole number from ${from} to ${to}`,
  );
}

import { usageError } from "../system/errors.ts";

/** The one profile that was named; `null` for none, which means all. Throws a `usage` error for more. */
export function onlyProfile(action: string, args: string[]): string | null {
  if (args.length > 1) {
    throw usageError(
      `Cannot ${action}: name one profile, or none for all of them`,
    );
  }
  return args[0] ?? null;
}

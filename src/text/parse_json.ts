import type * as z from "zod/mini";

/** Reads a text as JSON that matches a schema; `null` if it is not JSON, or does not match. */
export function parseJson<Schema extends z.ZodMiniType>(
  text: string,
  schema: () => Schema,
): z.output<Schema> | null {
  const value = jsonOf(text);
  return value === undefined ? null : schema().safeParse(value).data ?? null;
}

/** What a text means as JSON; `undefined` if it is not JSON, which is an answer and not an error. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

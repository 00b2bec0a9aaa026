import type * as z from "zod/mini";

/** Reads a text as JSON of that form; `null` if it is not JSON, or has another form. */
export function parseJson<Schema extends z.ZodMiniType>(
  text: string,
  schema: () => Schema,
): z.output<Schema> | null {
  try {
    return schema().safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

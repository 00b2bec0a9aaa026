import type * as z from "zod/mini";

/** What a text says as JSON of that form; `null` if it is not JSON, or of another form. */
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

import type * as z from "zod/mini";
import { parseJson } from "../text/parse_json.ts";
import { type ReadBounds, readTextBounded } from "./bounded_read.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

/**
 * Reads a plain file as JSON that matches a schema; `null` if it does not
 * exist, cannot be read, or does not match. The schema is made only if it is
 * needed.
 */
export async function readJson<Schema extends z.ZodMiniType>(
  path: string,
  schema: () => Schema,
  bounds: ReadBounds,
): Promise<z.output<Schema> | null> {
  const text = await readTextBounded(path, bounds).catch(
    insteadOfAbsent(null, "a file that cannot be read counts as missing"),
  );
  return text === null ? null : parseJson(text, schema);
}

import { jsonOf } from "../text/parse_json.ts";

/** The summary of what looks like a worker's final answer (JSON with `goal_met`); otherwise `undefined`. */
export function looksLikeAnswer(text: string): { summary: string } | undefined {
  if (!text.includes('"goal_met"')) return undefined;
  const value = jsonOf(
    text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1),
  );
  if (typeof value !== "object" || value === null || !("goal_met" in value)) {
    return undefined;
  }
  return "summary" in value && typeof value.summary === "string"
    ? { summary: value.summary }
    : undefined;
}

/** A name for an unknown event: the innermost `type` of the JSON, or the line itself. */
export function unknownEventName(raw: string): string {
  const event = jsonOf(raw);
  return typeName(event, "item") ?? typeName(event) ?? raw.slice(0, 1000);
}

function typeName(value: unknown, inside?: "item"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (inside) return "item" in value ? typeName(value.item) : undefined;
  return "type" in value && typeof value.type === "string"
    ? value.type
    : undefined;
}

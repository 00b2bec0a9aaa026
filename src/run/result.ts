import * as z from "zod/mini";
import { jsonOf } from "../text/parse_json.ts";

const ResultSchema = z.object({
  goal_met: z.boolean(),
  summary: z.string(),
  followup_prompt: z.string(),
  notes: z.string(),
});

/** What a worker answers. */
export type RunResult = z.infer<typeof ResultSchema>;

/** A worker's last message, read as a result; `reason` says what is wrong with it. */
export type ParsedResult =
  | { state: "valid"; result: RunResult }
  | { state: "invalid" | "missing"; reason: string };

/** Longer answers are not results, and reading them would only cost memory. */
const MAX_RESULT_CHARACTERS = 4_000_000;

/**
 * Reads a worker's last message as a result. Accepts what models really write: the
 * object alone, in a code fence, after a byte order mark, or with text around it.
 * The content is checked and never converted: `"true"` is not `true`.
 */
export function parseResult(message: string | null): ParsedResult {
  const text = message?.replace(/^\uFEFF/, "").trim() ?? "";
  if (text === "") {
    return { state: "missing", reason: "The worker gave no final answer" };
  }
  if (text.length > MAX_RESULT_CHARACTERS) {
    return {
      state: "invalid",
      reason:
        `The answer has ${text.length} characters; a result has at most ${MAX_RESULT_CHARACTERS}`,
    };
  }
  let reason = "The answer holds no JSON object with goal_met";
  let isFirst = true;
  for (const value of lastFirst(text)) {
    const parsed = ResultSchema.safeParse(value);
    if (parsed.success) return { state: "valid", result: parsed.data };
    const issue = parsed.error.issues[0];
    if (isFirst) {
      reason = issue && issue.path.length > 0
        ? `The answer's "${issue.path.join(".")}" is wrong: ${issue.message}`
        : `The answer is JSON but not an object with goal_met, summary, followup_prompt and notes`;
    }
    isFirst = false;
  }
  return { state: "invalid", reason };
}

/** How often the text is scanned at most: unmatched braces make several scans necessary. */
const MAX_LOOKS = 40;

/** How many objects in a text are tried, starting with the last one. */
const MAX_OBJECTS = 20;

/** What may be a result in a text: all of it, or its outermost objects, last first. */
function lastFirst(text: string): unknown[] {
  const whole = jsonOf(text);
  if (whole !== undefined) return [whole];
  const objects: unknown[] = [];
  let budget = MAX_LOOKS * text.length;
  let start = text.indexOf("{");
  while (start >= 0 && budget > 0) {
    const end = endOfObject(text, start);
    budget -= (end ?? text.length) - start;
    const stretch = end === null ? "" : text.slice(start, end);
    const isPossible = stretch.includes('"goal_met"');
    const value = isPossible ? jsonOf(stretch) : undefined;
    if (value !== undefined) objects.push(value);
    const isDone = end !== null && (value !== undefined || !isPossible);
    start = text.indexOf("{", isDone ? end : start + 1);
  }
  return objects.slice(-MAX_OBJECTS).reverse();
}

/** Where the object that begins with the brace at `start` ends, taking strings into account; `null` if it does not end. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0, inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === "{") {
      depth++;
    } else if (character === "}" && --depth === 0) {
      return i + 1;
    }
  }
  return null;
}

/** What the worker is asked, once, when its answer is not a result. */
export function repairPrompt(reason: string): string {
  return `Your last answer could not be read: ${reason}.
Answer again with one JSON object and nothing else, no code fence and no other text:
{"goal_met": true or false, "summary": "what you did", "followup_prompt": "what should be asked next, or an empty string", "notes": "anything else worth knowing, or an empty string"}
Do not do any more work.`;
}

import * as z from "zod/mini";

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

/** Longer answers are no results, and reading them would only cost memory. */
const MAX_RESULT_CHARACTERS = 4_000_000;

/**
 * Reads a worker's last message as a result. Takes what models really write:
 * the object alone, in a code fence, after a byte order mark, or with text
 * around it. What it holds is checked and never converted: `"true"` is not
 * `true`.
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
  let reason: string | undefined;
  for (const candidate of candidates(text)) {
    let value: unknown;
    try {
      value = JSON.parse(candidate);
    } catch {
      continue;
    }
    const parsed = ResultSchema.safeParse(value);
    if (parsed.success) return { state: "valid", result: parsed.data };
    const issue = parsed.error.issues[0];
    reason ??= issue && issue.path.length > 0
      ? `The answer's "${issue.path.join(".")}" is wrong: ${issue.message}`
      : `The answer is JSON but not an object with goal_met, summary, followup_prompt and notes`;
  }
  return {
    state: "invalid",
    reason: reason ?? "The answer holds no JSON object",
  };
}

/** How many braces without a partner are passed over; each costs one more look at the text. */
const MAX_LONE_BRACES = 50;

/** The whole text, then its outermost braces, last ones first. */
function* candidates(text: string): Generator<string> {
  yield text;
  const objects: string[] = [];
  let from = 0;
  for (let look = 0; look <= MAX_LONE_BRACES; look++) {
    const loneBrace = collectObjects(text, from, objects);
    if (loneBrace === null) break;
    from = loneBrace + 1;
  }
  yield* objects.reverse();
}

/**
 * Collects the balanced `{…}` stretches of a text, strings respected; linear
 * in the text's length. Returns where the brace is that never closes, or `null`.
 */
function collectObjects(
  text: string,
  from: number,
  objects: string[],
): number | null {
  let depth = 0, start = 0, inString = false;
  for (let i = from; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === "{") {
      if (depth++ === 0) start = i;
    } else if (depth > 0 && character === '"') {
      inString = true;
    } else if (depth > 0 && character === "}" && --depth === 0) {
      objects.push(text.slice(start, i + 1));
    }
  }
  return depth > 0 ? start : null;
}

/** What the worker is asked, once, when its answer is not a result. */
export function repairPrompt(reason: string): string {
  return `Your last answer could not be read: ${reason}.
Answer again with one JSON object and nothing else, no code fence and no other text:
{"goal_met": true or false, "summary": "what you did", "followup_prompt": "what should be asked next, or an empty string", "notes": "anything else worth knowing, or an empty string"}
Do not do any more work.`;
}

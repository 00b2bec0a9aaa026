import * as z from "zod/mini";
import { messageOf } from "../system/errors.ts";

const count = z.number().check(z.nonnegative());

// One schema per kind of step; the key of the JSON object is the kind.
const STEPS = {
  say: z.string(),
  think: z.string(),
  write: z.strictObject({ path: z.string(), text: z.string() }),
  append: z.strictObject({ path: z.string(), text: z.string() }),
  delete: z.union([z.string(), z.strictObject({ path: z.string() })]),
  run: z.strictObject({
    command: z.string(),
    output: z.optional(z.string()),
    exit_code: z.optional(z.number()),
    ms: z.optional(count),
  }),
  plan: z.array(z.strictObject({ text: z.string(), completed: z.boolean() })),
  warning: z.string(),
  sleep_ms: count,
  wait_for_file: z.string(),
  result: z.looseObject({}),
  result_text: z.string(),
  fail: z.string(),
  error: z.string(),
  exit: z.number(),
  hang: z.literal(true),
  ignore_signals: z.literal(true),
  raw: z.string(),
  raw_base64: z.string(),
  stderr: z.string(),
  flood: z.strictObject({ bytes: count, single_line: z.optional(z.boolean()) }),
  no_events: z.literal(true),
  usage: z.strictObject({
    input_tokens: z.optional(count),
    cached_input_tokens: z.optional(count),
    cache_write_input_tokens: z.optional(count),
    output_tokens: z.optional(count),
    reasoning_output_tokens: z.optional(count),
  }),
} as const;

type StepTypes = {
  [Kind in keyof typeof STEPS]: z.infer<(typeof STEPS)[Kind]>;
};

/** One action of the stand-in. */
export type Step = {
  [Kind in keyof StepTypes]: { kind: Kind; value: StepTypes[Kind] };
}[keyof StepTypes];

const PREFIX = "stand-in:";

/**
 * Reads the script from a prompt: its lines that begin with `stand-in:`, each
 * followed by one JSON object with one key. Throws a `SyntaxError` that names
 * the line if one is wrong.
 */
export function parseScript(prompt: string): Step[] {
  return prompt.split(/\r?\n/).flatMap((line, index) =>
    line.startsWith(PREFIX)
      ? [parseStep(line.slice(PREFIX.length), index + 1)]
      : []
  );
}

function parseStep(json: string, lineNumber: number): Step {
  const wrong = (why: string) =>
    new SyntaxError(
      `stand-in: line ${lineNumber} of the prompt is not a step: ${why}`,
    );
  let object: unknown;
  try {
    object = JSON.parse(json);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const entries = Object.entries(
    typeof object === "object" && object !== null ? object : {},
  );
  const [kind, value] = entries[0] ?? [];
  if (entries.length !== 1 || kind === undefined) {
    throw wrong("write one JSON object with one key");
  }
  if (!isKind(kind)) {
    throw wrong(`"${kind}" is not one of ${Object.keys(STEPS).join(", ")}`);
  }
  return checkedStep(kind, value, wrong);
}

function isKind(kind: string): kind is keyof typeof STEPS {
  return Object.hasOwn(STEPS, kind);
}

function checkedStep(
  kind: keyof typeof STEPS,
  value: unknown,
  wrong: (why: string) => Error,
): Step {
  const checked = STEPS[kind].safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    const place = [kind, ...(issue?.path ?? [])].join(".");
    throw wrong(`"${place}": ${issue?.message ?? "wrong value"}`);
  }
  // The schema of this kind has just accepted the value.
  return { kind, value: checked.data } as Step;
}

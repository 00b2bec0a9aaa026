import { join } from "@std/path";
import * as z from "zod/mini";
import { parseJson } from "../text/parse_json.ts";
import { Usage } from "./events.ts";
import { codexHome } from "./profiles.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";
import { MAIN_LIMIT, mergeLimits, type UsageLimit } from "./usage_limit.ts";

/**
 * What a rollout says: the file in which Codex keeps a thread. Its format is internal
 * to Codex; this is how 0.169 and older versions write it. Whatever is new or
 * different is skipped.
 */
export interface RolloutState {
  /** The tokens of the whole thread, as in `turn.completed`, but also in the middle of a turn. */
  usage: Usage | null;
  /** Whether there is a record of each answer: `token_count` forgets one if Codex was killed before it (seen with 0.169). */
  recorded: boolean;
  /** The last thing the model said, if it has begun nothing since. */
  lastMessage: string | null;
  /** How much of the account's limits is used, as the server last reported. */
  limits: readonly UsageLimit[];
}

export const EMPTY_ROLLOUT: RolloutState = {
  usage: null,
  recorded: false,
  lastMessage: null,
  limits: [],
};

/** Longer lines hold the output of tools, which does not matter here. */
const MAX_LINE_CHARACTERS = 1_000_000;

const Count = z.looseObject({
  input_tokens: z.number(),
  output_tokens: z.number(),
});

const number = z.catch(z.nullable(z.number()), null);

const Window = z.catch(
  z.nullable(z.object({
    used_percent: z.number(),
    window_minutes: number,
    resets_at: number,
  })),
  null,
);

/** Each line has a type and a payload. */
const Line = z.discriminatedUnion("type", [
  /** Written as soon as the model has answered, before its tools run; since 0.169. */
  z.object({
    type: z.literal("token_usage_record"),
    payload: z.object({ thread_token_usage: Count }),
  }),
  /** A `token_count` follows when the tools of the answer have ended, or a limit has ended the turn. */
  z.object({
    type: z.literal("event_msg"),
    payload: z.object({
      type: z.literal("token_count"),
      info: z.catch(z.nullable(z.object({ total_token_usage: Count })), null),
      rate_limits: z.catch(
        z.nullable(z.object({
          limit_id: z.catch(z.nullable(z.string()), null),
          primary: Window,
          secondary: Window,
        })),
        null,
      ),
    }),
  }),
  z.object({
    type: z.literal("response_item"),
    payload: z.looseObject({
      type: z.string(),
      role: z.optional(z.unknown()),
      content: z.optional(z.unknown()),
    }),
  }),
]);

const Content = z.array(z.object({ text: z.string() }));

/** Folds one line of a rollout into what is known. Never throws. */
export function foldRollout(state: RolloutState, line: string): RolloutState {
  if (line.length > MAX_LINE_CHARACTERS) return state;
  const data = parseJson(line, () => Line);
  if (data === null) return state;
  if (data.type === "response_item") {
    const { type, role, content } = data.payload;
    const words = type === "message" && role === "assistant"
      ? Content.safeParse(content)
      : undefined;
    const lastMessage = words?.success
      ? words.data.map(({ text }) => text).join("")
      : null;
    return { ...state, lastMessage };
  }
  if (data.type === "token_usage_record") {
    const usage = usageOf(data.payload.thread_token_usage);
    return usage.usage === undefined
      ? state
      : { ...state, ...usage, recorded: true };
  }
  const { info, rate_limits } = data.payload;
  const told = limitsOf(rate_limits);
  return {
    ...state,
    ...state.recorded ? {} : usageOf(info?.total_token_usage),
    limits: told.length === 0 ? state.limits : mergeLimits(state.limits, told),
  };
}

type Snapshot = Extract<
  z.infer<typeof Line>,
  { type: "event_msg" }
>["payload"]["rate_limits"];

function limitsOf(told: Snapshot): UsageLimit[] {
  const limit = told?.limit_id ?? MAIN_LIMIT;
  return (["primary", "secondary"] as const).flatMap((place) => {
    const window = told?.[place];
    return window ? [{ limit, place, ...window }] : [];
  });
}

function usageOf(counts: unknown): { usage?: Usage } {
  const usage = Usage.safeParse(counts);
  return usage.success ? { usage: usage.data } : {};
}

/**
 * The rollout of a thread, if Codex keeps one: not for an ephemeral run, and not
 * before its first turn. Rollouts are in a folder for the day on which the thread
 * began, which its id contains.
 */
export async function findRollout(
  env: Record<string, string>,
  threadId: string,
): Promise<string | null> {
  for (const day of daysOf(threadId)) {
    try {
      const folder = join(codexHome(env), "sessions", ...day);
      for await (const { name } of Deno.readDir(folder)) {
        if (name.endsWith(`-${threadId}.jsonl`)) return join(folder, name);
      }
    } catch (error) {
      ignoreUnlessAbsent(error, "a day that cannot be read has no rollout");
    }
  }
  return null;
}

const DAY_MS = 24 * 60 * 60_000;

/** The days on which a thread may have begun, by the time in its id (UUID version 7), in any time zone. */
function daysOf(threadId: string): string[][] {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(threadId);
  if (digits === null) return [];
  const time = parseInt(`${digits[1]}${digits[2]}`, 16);
  return [0, -DAY_MS, DAY_MS].flatMap((shift) => {
    const day = new Date(time + shift);
    return Number.isNaN(day.getTime())
      ? []
      : [day.toISOString().slice(0, 10).split("-")];
  });
}

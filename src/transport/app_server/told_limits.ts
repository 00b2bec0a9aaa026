import * as z from "zod/mini";
import { MAIN_LIMIT, type UsageLimit } from "../../codex/usage_limit.ts";
import { once } from "../../system/once.ts";
import type { Notification } from "./rpc.ts";

const number = z.catch(z.optional(z.nullable(z.number())), null);

const window = () =>
  z.catch(
    z.optional(z.nullable(z.object({
      usedPercent: z.number(),
      windowDurationMins: number,
      resetsAt: number,
    }))),
    null,
  );

/** As 0.147 and 0.169 tell it. */
const limitsSchema = once(() =>
  z.object({
    method: z.literal("account/rateLimits/updated"),
    params: z.object({
      rateLimits: z.object({
        limitId: z.catch(z.optional(z.nullable(z.string())), null),
        primary: window(),
        secondary: window(),
      }),
    }),
  })
);

/** What a notification tells of the account's limits; `null` if nothing. */
export function toldLimits(notification: Notification): UsageLimit[] | null {
  const told = limitsSchema().safeParse(notification).data?.params.rateLimits;
  if (told === undefined) return null;
  return (["primary", "secondary"] as const).flatMap((place) => {
    const window = told[place];
    return window
      ? [{
        limit: told.limitId ?? MAIN_LIMIT,
        place,
        used_percent: window.usedPercent,
        window_minutes: window.windowDurationMins ?? null,
        resets_at: window.resetsAt ?? null,
      }]
      : [];
  });
}

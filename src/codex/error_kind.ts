import * as z from "zod/mini";
import { once } from "../system/once.ts";

const infoSchema = once(() =>
  z.union([
    z.string(),
    z.record(
      z.string(),
      z.object({ httpStatusCode: z.catch(z.nullish(z.number()), null) }),
    ),
  ])
);

/**
 * What kind of error Codex means by its `codexErrorInfo`: its own word, such as
 * `usageLimitExceeded`, or `http 502`, or `connection` where no answer came.
 * `undefined` if it does not say.
 */
export function errorKind(info: unknown): string | undefined {
  const { data } = infoSchema().safeParse(info);
  if (data === undefined || data === "other") return undefined;
  if (typeof data === "string") return data;
  const [about] = Object.values(data);
  const status = about?.httpStatusCode ?? null;
  return status === null ? "connection" : `http ${status}`;
}

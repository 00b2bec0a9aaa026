import * as z from "zod/mini";
import { once } from "../../system/once.ts";
import type { Notification } from "./rpc.ts";

const patchSchema = once(() =>
  z.object({
    item: z.object({
      type: z.literal("fileChange"),
      id: z.string(),
      changes: z.array(z.object({ path: z.string() })),
    }),
  })
);

/** The paths that a patch changes, by the id of its item; none if it is unknown. */
export type PathsOfItem = (itemId: string) => readonly string[];

/** Remembers the patches at work: a request to approve one names only its item. */
export function notePatches(): {
  hear(notification: Notification): void;
  pathsOf: PathsOfItem;
} {
  const paths = new Map<string, string[]>();
  return {
    hear({ method, params }) {
      if (method !== "item/started" && method !== "item/completed") return;
      const item = patchSchema().safeParse(params).data?.item;
      if (item === undefined) return;
      if (method === "item/completed") paths.delete(item.id);
      else paths.set(item.id, item.changes.map(({ path }) => path));
    },
    pathsOf: (itemId) => paths.get(itemId) ?? [],
  };
}

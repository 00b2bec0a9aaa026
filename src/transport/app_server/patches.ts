import * as z from "zod/mini";
import { once } from "../../system/once.ts";
import type { Notification } from "./rpc.ts";

const patchSchema = once(() =>
  z.object({
    item: z.object({
      type: z.literal("fileChange"),
      id: z.string(),
      changes: z.array(z.object({
        path: z.string(),
        kind: z.catch(
          z.object({ move_path: z.optional(z.nullable(z.string())) }),
          {},
        ),
        diff: z._default(z.string(), ""),
      })),
    }),
  })
);

/** What a patch would do. */
export interface Patch {
  /** Where it writes; a file that is moved names both places. */
  places: string[];
  diff: string;
}

/** The patch of an item; `null` if it is unknown. */
export type PatchOfItem = (itemId: string) => Patch | null;

/** Remembers the patches in progress: a request to approve one names only its item. */
export function notePatches(): {
  hear(notification: Notification): void;
  patchOf: PatchOfItem;
} {
  const patches = new Map<string, Patch>();
  return {
    hear({ method, params }) {
      if (method !== "item/started" && method !== "item/completed") return;
      const item = patchSchema().safeParse(params).data?.item;
      if (item === undefined) return;
      if (method === "item/completed") patches.delete(item.id);
      else {
        patches.set(item.id, {
          places: item.changes.map(({ path, kind: { move_path } }) =>
            move_path ? `${path} → ${move_path}` : path
          ),
          diff: item.changes.map(({ diff }) => diff).join("\n"),
        });
      }
    },
    patchOf: (itemId) => patches.get(itemId) ?? null,
  };
}

import * as z from "zod/mini";

/** What a worker must not change, as it was settled when the run was made. */
export const Protection = z.object({
  /** In every folder that the worker may write: relative. */
  paths: z.array(z.string()),
  /** Further folders in which `paths` count, such as that of the orchestrator. */
  folders: z.array(z.string()),
  /** Single places, wherever they lie: absolute. */
  places: z.array(z.string()),
});

/** What was guarded while the worker worked. */
export const Guard = z.object({
  /** What the worker could not change: absolute. */
  read_only: z.array(z.string()),
  /** What it could not reach at all: absolute. */
  hidden: z.array(z.string()),
});

export type RunProtection = z.infer<typeof Protection>;

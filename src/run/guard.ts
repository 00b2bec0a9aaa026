import * as z from "zod/mini";

/** What a worker must not change, as determined when the run was made. */
export const Protection = z.object({
  /** Relative paths, in every folder that the worker may write. */
  paths: z.array(z.string()),
  /** Further folders in which `paths` apply, such as the orchestrator's. */
  folders: z.array(z.string()),
  /** Individual places, as absolute paths. */
  places: z.array(z.string()),
});

/** What was guarded while the worker was running. */
export const Guard = z.object({
  /** The absolute paths that the worker could not change. */
  read_only: z.array(z.string()),
  /** The absolute paths that it could not reach at all. */
  hidden: z.array(z.string()),
});

export type RunProtection = z.infer<typeof Protection>;

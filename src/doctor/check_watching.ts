import { messageOf } from "../system/errors.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Like `Deno.watchFs`; a test replaces it with one that refuses. */
export type Watch = (path: string) => { close(): void };

/** Checks that the system reports changes to files: on Linux through inotify, which has few instances. */
export async function* checkWatching(
  { open }: Pick<Examination, "open">,
  watch: Watch = (path) => Deno.watchFs(path, { recursive: false }),
): AsyncGenerator<Finding> {
  const folder = await existingFolder((await open()).workspace.state);
  try {
    watch(folder).close();
    yield ok("watching", "The system reports changes to files");
  } catch (error) {
    yield warning(
      "watching",
      `The system cannot watch any more files: ${
        messageOf(error)
      }; agentctl notices the ends of runs by their locks, and everything else later`,
      "raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl), or end programs that watch many files",
    );
  }
}

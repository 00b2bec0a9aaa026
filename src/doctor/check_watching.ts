import { messageOf } from "../system/errors.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** As `Deno.watchFs`; a test puts one that refuses in its place. */
export type Watch = (path: string) => { close(): void };

/** Whether the system tells of changes to files: inotify on Linux, whose instances are few. */
export async function* checkWatching(
  { open }: Pick<Examination, "open">,
  watch: Watch = (path) => Deno.watchFs(path, { recursive: false }),
): AsyncGenerator<Finding> {
  const folder = await existingFolder((await open()).workspace.state);
  try {
    watch(folder).close();
    yield ok("watching", "The system tells of changes to files");
  } catch (error) {
    yield warning(
      "watching",
      `The system has no watch left for files: ${
        messageOf(error)
      }; agentctl sees ends of runs by their locks, and everything else later`,
      "raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl), or end programs that watch many files",
    );
  }
}

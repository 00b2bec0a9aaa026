import { dirname, join } from "@std/path";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { infoAt } from "../files/exists.ts";
import { entriesIn } from "../files/entries_in.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { countOwnRuns } from "../fleet/session_counts.ts";
import { command } from "./command.ts";

/** The lines of sessions that have not changed for so long go, in milliseconds. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

export default command({
  name: "_status_line",
  summary: "the status line of Claude Code",
  usage: "_status_line [file]",
  description:
    "Prints how many runs of the session ask, run, wait, and have unread results. The file keeps the\nfolder of the state, that line, and the folders that change with it, for the script that calls\nthis. For internal use.",
  action: "make the status line",
  args: "[file]",
  options: {},
  examples: ["agentctl _status_line"],
  async run({ args: [file], fleet, print }) {
    const context = await fleet();
    // What changes from now on is newer than the file.
    const since = new Date();
    const { counts, questions } = await countOwnRuns(context);
    const line = Object.entries(counts).filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`).join(" · ");
    if (line !== "") print(line);
    if (file === undefined) return 0;
    const folder = dirname(file);
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await removeOlder(folder, since.getTime() - KEPT_MS);
    const lines = [context.workspace.state, line, ...questions];
    const text = lines.map((line) => `${line}\n`).join("");
    await writeFileAtomic(file, text, { durable: false });
    await Deno.utime(file, since, since);
    return 0;
  },
});

async function removeOlder(folder: string, time: number): Promise<void> {
  for (const { name } of await entriesIn(folder)) {
    const path = join(folder, name);
    // Another session may have removed it in the meantime.
    const info = await infoAt(path);
    if ((info?.mtime?.getTime() ?? time) < time) await removeQuietly(path);
  }
}

import { cleanRuns } from "../fleet/clean.ts";
import { messageOf } from "../system/errors.ts";
import { duration, flag } from "../terminal/option_spec.ts";
import { harmlessLine } from "../text/others_words.ts";
import { formatBytes } from "../text/token_count.ts";
import { firstThree, plural } from "../text/wording.ts";
import { command } from "./command.ts";

const DEFAULT_AGE = "7d";
const DEFAULT_KEEP = "20";

export default command({
  name: "clean",
  summary: "remove old runs with their panes",
  description:
    `Removes runs that ended longer ago than --older-than (default ${DEFAULT_AGE}). It keeps the newest\n${DEFAULT_KEEP} (--keep), runs that have not ended or whose results nobody has seen (agentctl inbox;\nof a session of Claude Code that ended 14 days ago they go) and, without --force, runs whose\nworktrees hold unmerged work.`,
  action: "clean",
  args: "",
  options: {
    "older-than": {
      ...duration("D", "how long ago a run ended, such as 12h or 30d"),
      preset: DEFAULT_AGE,
    },
    keep: {
      kind: "number",
      value: "N",
      from: 0,
      to: 999_999,
      preset: DEFAULT_KEEP,
      help: "how many of the newest runs are always kept",
    },
    "dry-run": flag("only show what would be removed"),
    force: flag("also remove runs whose worktrees hold unmerged work"),
  },
  examples: [
    "agentctl clean --dry-run",
    "agentctl clean --older-than 1d --keep 5",
  ],
  async run({ options, fleet, print, say }) {
    const { olderThanMs, keep, dryRun, force } = options;
    const outcome = await cleanRuns(await fleet(), {
      ...{ olderThanMs, keep, dryRun, force },
    });
    const { removed, bytes, sizes, largest, unseen, unmerged } = outcome;
    const { busy, damaged } = outcome;
    const sizeOf = (id: string) => formatBytes(sizes.get(id) ?? 0);
    if (options.json) {
      print(JSON.stringify({
        removed: removed.map((record) => record.run_id),
        unseen,
        unmerged,
        busy,
        damaged: damaged.map(({ id }) => id),
        dry_run: dryRun,
        ...dryRun && { bytes, largest },
      }));
    } else {
      for (const record of removed) {
        const size = dryRun ? ` (${sizeOf(record.run_id)})` : "";
        print(`${record.run_id} ${harmlessLine(record.title, 80)}${size}`);
      }
    }
    say(
      dryRun
        ? `Would remove ${plural(removed.length, "run")} with ${
          formatBytes(bytes)
        }`
        : `Removed ${plural(removed.length, "run")}`,
    );
    if (largest.length > 0) {
      say(
        `Of those that stay, the largest are ${
          largest.map(({ run_id, bytes }) =>
            `${run_id} (${formatBytes(bytes)})`
          )
            .join(", ")
        }`,
      );
    }
    if (unseen.length > 0) {
      say(
        `Kept ${unseen.length} that nobody has seen: see "agentctl inbox", acknowledge with "agentctl ack"`,
      );
    }
    if (unmerged.length > 0) {
      say(
        `Kept ${unmerged.length} with unmerged work: merge them with "agentctl merge" or discard them (${
          firstThree(unmerged)
        })`,
      );
    }
    if (busy.length > 0) {
      say(
        `Kept ${busy.length} that another process is still using: clean again later (${
          firstThree(busy)
        })`,
      );
    }
    for (const { error } of damaged) say(`Left alone: ${messageOf(error)}`);
    return 0;
  },
});

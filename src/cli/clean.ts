import { cleanRuns } from "../fleet/clean.ts";
import { messageOf, usageError } from "../system/errors.ts";
import { readDuration, readNumber } from "../text/option_value.ts";
import { harmlessLine } from "../text/others_words.ts";
import { plural } from "../text/wording.ts";
import { type Command, optionText } from "./command.ts";

const DEFAULT_AGE = "7d";
const DEFAULT_KEEP = 20;

export const cleanCommand: Command = {
  name: "clean",
  summary: "remove old runs with their panes",
  usage: "clean [--older-than D] [--keep N] [--dry-run] [--force]",
  description:
    `Removes runs that ended longer ago than --older-than (default ${DEFAULT_AGE}), but never the newest\n${DEFAULT_KEEP} (--keep), nor one that lives or whose result nobody has seen (agentctl inbox),\nnor, without --force, one whose worktree holds work that is not merged.`,
  options: [
    {
      name: "older-than",
      value: "D",
      help:
        `how long ago a run ended, such as 12h or 30d (default ${DEFAULT_AGE})`,
    },
    {
      name: "keep",
      value: "N",
      help:
        `how many of the newest runs stay in any case (default ${DEFAULT_KEEP})`,
    },
    { name: "dry-run", help: "only say what would be removed" },
    {
      name: "force",
      help: "also runs whose worktrees hold work that is not merged",
    },
  ],
  examples: [
    "agentctl clean --dry-run",
    "agentctl clean --older-than 1d --keep 5",
  ],
  async run({ args, options, fleet, print, say }) {
    if (args.length > 0) {
      throw usageError(`Cannot clean: argument "${args[0]}" is unexpected`);
    }
    const keep = readNumber(
      "--keep",
      optionText(options, "keep") ?? DEFAULT_KEEP,
      { from: 0, to: 999_999 },
    );
    const dryRun = options["dry-run"] === true;
    const { removed, unseen, unmerged, damaged } = await cleanRuns(
      await fleet(),
      {
        olderThanMs: readDuration(
          "--older-than",
          optionText(options, "older-than") ?? DEFAULT_AGE,
        ),
        keep,
        dryRun,
        force: options["force"] === true,
      },
    );
    if (options["json"]) {
      print(JSON.stringify({
        removed: removed.map((record) => record.run_id),
        unseen,
        unmerged,
        damaged: damaged.map(({ id }) => id),
        dry_run: dryRun,
      }));
    } else {
      for (const record of removed) {
        print(`${record.run_id} ${harmlessLine(record.title, 80)}`);
      }
    }
    say(
      `${dryRun ? "Would remove" : "Removed"} ${plural(removed.length, "run")}`,
    );
    if (unseen.length > 0) {
      say(
        `${unseen.length} old enough but unseen stay: see "agentctl inbox", acknowledge with "agentctl ack"`,
      );
    }
    if (unmerged.length > 0) {
      say(
        `${unmerged.length} with work that is not merged stay: agentctl merge or discard them (${
          unmerged.slice(0, 3).join(", ")
        }${unmerged.length > 3 ? ", …" : ""})`,
      );
    }
    for (const { error } of damaged) say(`Left alone: ${messageOf(error)}`);
    return 0;
  },
};

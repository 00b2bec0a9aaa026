import { unseenRuns } from "../fleet/inbox.ts";
import type { EndedRecord } from "../run/record.ts";
import { stateMark } from "../run/state_mark.ts";
import { messageOf, usageError } from "../system/errors.ts";
import { oneLine } from "../terminal/sanitize.ts";
import type { Command } from "./command.ts";
import { stdoutWidth } from "./terminal.ts";

/** So many fit into an orchestrator's context without a thought. */
const SHOWN = 20;
const SUMMARY_COLUMNS = 160;

export const inboxCommand: Command = {
  name: "inbox",
  summary: "list the ended runs whose results nobody has seen yet",
  usage: "inbox",
  description:
    "Lists the ended runs whose results have not reached anybody: no wait and no show has\nprinted them to the end, and nobody has acknowledged them with agentctl ack. Nothing is\nlost with a wait that was killed, nor with one of Claude Code, whose output may lie\nunread in a file.",
  options: [],
  examples: ["agentctl inbox", "agentctl inbox --json"],
  readOnly: true,
  movesQueue: true,
  async run({ args, options, caller, fleet, print, say }) {
    if (args.length > 0) {
      throw usageError(
        `Cannot list the inbox: argument "${args[0]}" is unexpected`,
      );
    }
    const records = await unseenRuns(
      await fleet(),
      (_, error) => say(messageOf(error)),
    );
    const shown = records.slice(0, SHOWN);
    if (options["json"]) {
      print(JSON.stringify(shown.map(brief), null, 2));
    } else {
      for (const record of shown) {
        print(oneLine(line(record), Math.max(stdoutWidth(caller.env), 100)));
      }
    }
    if (records.length === 0) say("There is nothing new");
    else if (records.length > SHOWN) {
      say(
        `${records.length - SHOWN} more; acknowledge these with "agentctl ack"`,
      );
    }
    return 0;
  },
};

function brief(record: EndedRecord): Record<string, unknown> {
  return {
    run_id: record.run_id,
    title: record.title,
    status: record.status,
    goal_met: record.goal_met,
    summary: oneLine(record.summary || record.reason, SUMMARY_COLUMNS),
    has_followup: record.followup_prompt !== "",
  };
}

function line(record: EndedRecord): string {
  const outcome = record.status !== "finished"
    ? record.status.replace("_", " ")
    : record.goal_met
    ? "goal met"
    : record.goal_met === null
    ? "no result"
    : "goal not met";
  return `${stateMark(record)} ${record.run_id} ${record.title} (${outcome}): ${
    record.summary || record.reason
  }`;
}

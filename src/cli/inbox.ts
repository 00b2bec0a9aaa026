import { unseenRuns } from "../fleet/inbox.ts";
import { askingRuns, mayAsk } from "../fleet/asking.ts";
import { answerCommands } from "../run/question_lines.ts";
import { readerOf } from "../owners/reader.ts";
import { messageOf } from "../system/errors.ts";
import { WORDS_NOTE } from "../text/others_words.ts";
import { type BriefForm, briefRun, bytesForEach } from "../view/brief_run.ts";
import { digest } from "../view/digest.ts";
import { runFacts } from "../view/run_facts.ts";
import { runLine } from "../view/run_line.ts";
import { command, EVERYONE } from "./command.ts";
import { isFrugal, SHELL_FORM } from "./shown_run.ts";
import { stdoutWidth } from "./terminal.ts";

/** This many fit easily into an orchestrator's context. */
const SHOWN = 50;

/** The text in full comes with `wait` or `show`, so it is shortened here. */
const FORM: BriefForm = {
  ...SHELL_FORM,
  keys: [
    ...["run_id", "title", "status", "waiting_for", "answer_with"],
    ...["goal_met", "words_of", "summary", "has_followup", "reason", "failure"],
  ],
  always: [
    ...["run_id", "title", "status", "goal_met", "summary", "has_followup"],
  ],
};

export default command({
  name: "inbox",
  summary: "list the runs that wait for an answer, and the unseen results",
  description:
    "Lists the runs whose workers wait for an answer, and those that have ended and whose results\nhave reached nobody: no wait or show has printed them to the end, and nobody has acknowledged\nthem with agentctl ack. A wait that was killed loses nothing, nor does one that Claude Code\ncalled, whose output may be unread in a file. A session of Claude Code has an inbox of its own:\nwhat you read stays in it, and what it reads of your runs stays in yours.",
  action: "list the inbox",
  args: "",
  options: { everyone: EVERYONE },
  examples: ["agentctl inbox", "agentctl inbox --json"],
  readOnly: true,
  movesQueue: true,
  async run({ options, caller, fleet, print, say }) {
    const context = await fleet();
    const reader = await readerOf(context, { everyone: options.everyone });
    const records = await unseenRuns(
      context,
      (_, error) => say(messageOf(error)),
      reader,
    );
    const asking = await askingRuns(context, reader);
    const frugal = isFrugal(caller.env, options);
    const shown = [...asking, ...records.slice(0, SHOWN)];
    if (options.json) {
      const briefs = await Promise.all(shown.map(async (record) => {
        const facts = await runFacts(context.workspace, record);
        const bytes = bytesForEach(shown.length, record);
        return await briefRun(context.workspace, facts, FORM, bytes);
      }));
      print(JSON.stringify(briefs, null, 2));
    } else if (frugal) {
      const facts = await Promise.all(
        shown.map((record) => runFacts(context.workspace, record)),
      );
      const lines = await digest(context.workspace, facts);
      lines.forEach((line) => print(line));
      if (shown.length > 0) say(WORDS_NOTE);
    } else {
      for (const record of shown) {
        const columns = Math.max(stdoutWidth(caller.env), 100);
        print(runLine(record, { columns }));
        if (!mayAsk(record)) continue;
        const { run_id, waiting_for } = record;
        for (const way of answerCommands(run_id, waiting_for)) {
          print(`  ${way}`);
        }
      }
      if (shown.length > 0) say(WORDS_NOTE);
    }
    if (shown.length === 0) {
      say("Nothing new");
    } else if (records.length > SHOWN) {
      say(
        `${records.length - SHOWN} more; acknowledge these with "agentctl ack"`,
      );
    }
    return 0;
  },
});

import { unseenRuns } from "../fleet/inbox.ts";
import { messageOf } from "../system/errors.ts";
import { WORDS_NOTE } from "../text/others_words.ts";
import { type BriefForm, briefRun, bytesForEach } from "../view/brief_run.ts";
import { runFacts } from "../view/run_facts.ts";
import { runLine } from "../view/run_line.ts";
import { command } from "./command.ts";
import { SHELL_FORM } from "./shown_run.ts";
import { stdoutWidth } from "./terminal.ts";

/** So many fit into an orchestrator's context without a thought. */
const SHOWN = 20;

/** Without a wait or show nobody has read the words, so they are told in short. */
const FORM: BriefForm = {
  ...SHELL_FORM,
  keys: [
    ...["run_id", "title", "status", "goal_met", "words_of", "summary"],
    ...["has_followup", "reason", "failure"],
  ],
  always: [
    ...["run_id", "title", "status", "goal_met", "summary", "has_followup"],
  ],
};

export default command({
  name: "inbox",
  summary: "list the ended runs whose results nobody has seen yet",
  description:
    "Lists the ended runs whose results have not reached anybody: no wait and no show has\nprinted them to the end, and nobody has acknowledged them with agentctl ack. Nothing is\nlost with a wait that was killed, nor with one of Claude Code, whose output may lie\nunread in a file.",
  action: "list the inbox",
  args: "",
  options: {},
  examples: ["agentctl inbox", "agentctl inbox --json"],
  readOnly: true,
  movesQueue: true,
  async run({ options, caller, fleet, print, say }) {
    const context = await fleet();
    const records = await unseenRuns(
      context,
      (_, error) => say(messageOf(error)),
    );
    const shown = records.slice(0, SHOWN);
    if (options.json) {
      const bytes = bytesForEach(shown.length);
      const briefs = await Promise.all(shown.map(async (record) => {
        const facts = await runFacts(context.workspace, record);
        return await briefRun(context.workspace, facts, FORM, bytes);
      }));
      print(JSON.stringify(briefs, null, 2));
    } else {
      for (const record of shown) {
        const columns = Math.max(stdoutWidth(caller.env), 100);
        print(runLine(record, { columns }));
      }
      if (shown.length > 0) say(WORDS_NOTE);
    }
    if (records.length === 0) say("There is nothing new");
    else if (records.length > SHOWN) {
      say(
        `${records.length - SHOWN} more; acknowledge these with "agentctl ack"`,
      );
    }
    return 0;
  },
});

import { type Notice, parseNotice } from "../lifecycle/notify_log.ts";
import { followLines } from "../files/follow_lines.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import { closingWords } from "../run/outcome.ts";
import { formatDuration } from "../text/duration.ts";
import { harmlessLine, WORDS_NOTE } from "../text/others_words.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { oneLine } from "../text/sanitize.ts";
import { command } from "./command.ts";
import { stdoutWidth } from "./terminal.ts";

const DEFAULT_ENTRIES = "10";

export default command({
  name: "tail",
  summary: "follow runs as they end",
  description:
    `Follows notify.log: prints the last ${DEFAULT_ENTRIES} entries (or N), then each run as it ends, until Ctrl-C.`,
  action: "follow runs",
  args: "",
  options: {
    lines: {
      kind: "number",
      alias: "n",
      value: "N",
      from: 0,
      to: 999_999,
      preset: DEFAULT_ENTRIES,
      help: "how many entries to begin with",
    },
  },
  examples: ["agentctl tail -n 3", "agentctl tail -n 0 --json"],
  readOnly: true,
  async run({ options, caller, workspace, print, say }) {
    const path = workspacePaths.notifyLog(await workspace());
    let told = options.json;
    for await (const line of followLines(path, options.lines)) {
      const notice = parseNotice(line);
      if (notice === null) continue;
      if (!told) say(WORDS_NOTE);
      told = true;
      print(
        options.json
          ? JSON.stringify(notice)
          : describe(notice, stdoutWidth(caller.env)),
      );
    }
    return 0;
  },
});

function describe(notice: Notice, width: number): string {
  const time = new Date(notice.time).toTimeString().slice(0, 8);
  const { mark, words } = outcomeOf(notice);
  const more = notice.status === "finished"
    ? closingWords(notice)
    : `${words}: ${notice.reason}`;
  return oneLine(
    `${time} ${mark} ${notice.run_id} ${harmlessLine(notice.title)} (${
      formatDuration(notice.duration_ms)
    }): ${harmlessLine(more)}`,
    width,
  );
}

import { observeRun } from "../fleet/mod.ts";
import { isEnded } from "../run/record.ts";
import { resolveRunId } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Command } from "./command.ts";
import { presentRecord } from "./present_record.ts";

export const showCommand: Command = {
  name: "show",
  summary: "print the record of a run",
  usage: "show <id>",
  description:
    "Prints the record of a run as JSON, most important first. An id may be shortened to\nany unambiguous beginning, or be @last for the newest run.",
  options: [],
  examples: [
    "agentctl show @last",
    "agentctl show 20260102-0304 | jq -r .summary",
  ],
  async run({ args, fleet, print }) {
    const [text, extra] = args;
    if (text === undefined || extra !== undefined) {
      throw usageError(
        'Cannot show run: name one run, as in "agentctl show @last"',
      );
    }
    const context = await fleet();
    const record = await observeRun(
      context,
      await resolveRunId(context.workspace, text),
    );
    print(
      JSON.stringify(await presentRecord(context.workspace, record), null, 2),
    );
    if (isEnded(record)) await acknowledge(context.workspace, record);
    return 0;
  },
};

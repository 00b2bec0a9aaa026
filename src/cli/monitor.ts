import { usageError } from "../system/errors.ts";
import { writeAll } from "../system/write_all.ts";
import { monitorRuns } from "../wake/monitor.ts";
import { command } from "./command.ts";

export default command({
  name: "_monitor",
  summary: "the process that tells Claude Code of ended runs",
  usage: "_monitor <pid>",
  description:
    "Prints a line when a run of a Claude Code process ends or asks, until none is left. For internal use.",
  action: "monitor runs",
  args: "<pid>",
  argsHint: "name a process of Claude Code",
  options: {},
  examples: ["agentctl _monitor 1234"],
  async run({ args: [pid], caller }) {
    if (!/^[1-9]\d{0,8}$/.test(pid)) {
      throw usageError(
        `Cannot monitor runs: "${pid}" is not a process id; name the process of Claude Code`,
      );
    }
    await monitorRuns(caller, {
      pid: Number(pid),
      write: (text) => writeAll(Deno.stdout, new TextEncoder().encode(text)),
    });
    return 0;
  },
});

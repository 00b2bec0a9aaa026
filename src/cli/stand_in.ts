import { standInMain } from "../stand_in/stand_in_main.ts";
import { command } from "./command.ts";

export default command({
  name: "_stand_in",
  summary: "the worker of `agentctl demo`",
  usage: "_stand_in ...",
  description:
    "Behaves like Codex, for the demo and for tests. For internal use.",
  action: "work",
  args: "[word]...",
  options: {},
  examples: ["agentctl _stand_in exec --json - < prompt"],
  raw: true,
  async run({ args, caller }) {
    return await standInMain([...args], {
      cwd: caller.cwd,
      env: caller.env,
      stdin: Deno.stdin.readable,
      stdout: Deno.stdout,
      stderr: Deno.stderr,
    });
  },
});

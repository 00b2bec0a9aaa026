import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";

export const trustCommand: Command = {
  name: "trust",
  summary: "take over what an earlier agentctl left where workers can write",
  usage: "trust --import [--yes]",
  description:
    "Earlier versions kept the runs and projects of a workspace beside its settings, where\nworkers can write; such runs are only listed and shown. --import shows where they were at\nwork, asks, and takes those that have ended, and the projects, over to ~/.ai-orch.",
  options: [
    { name: "import", help: "take over ended runs and projects" },
    { name: "yes", help: "do not ask" },
  ],
  examples: ["agentctl trust --import"],
  async run(call) {
    if (call.args.length > 0 || !call.options["import"]) {
      throw usageError(
        'Cannot trust: say what to take over, as in "agentctl trust --import"',
      );
    }
    const { importOlderLayout } = await import("./trust_import.ts");
    return await importOlderLayout(call);
  },
};

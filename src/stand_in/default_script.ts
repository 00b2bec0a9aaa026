import { firstLine } from "../text/wording.ts";
import { mayWrite, type Sandbox } from "./sandbox.ts";
import type { Step } from "./script.ts";

const NOTE = "stand-in-note.md";
const STEP_MS = 150;
const MOST_NAMES = 20;

/** What the stand-in does when a prompt has no script: look around, leave a note, say that the goal is met. */
export async function defaultScript(
  prompt: string,
  sandbox: Sandbox,
): Promise<Step[]> {
  const names =
    (await Array.fromAsync(Deno.readDir(sandbox.cwd), (entry) => entry.name))
      .sort();
  const writes = mayWrite(sandbox, NOTE);
  const rest: Step = { kind: "sleep_ms", value: STEP_MS };
  const note: Step[] = writes
    ? [{
      kind: "write",
      value: {
        path: NOTE,
        text:
          `This note was written by agentctl's stand-in worker, not by Codex.\n\nIt was asked: ${
            firstLine(prompt)
          }\n`,
      },
    }, rest]
    : [];
  return [
    {
      kind: "say",
      value:
        "I am agentctl's stand-in worker, not Codex: no model is asked. I am looking around.",
    },
    rest,
    {
      kind: "run",
      value: {
        command: "ls",
        output: names.slice(0, MOST_NAMES).map((name) => `${name}\n`).join(""),
        ms: STEP_MS,
      },
    },
    ...note,
    {
      kind: "result",
      value: {
        goal_met: true,
        summary:
          `Stand-in worker: no model was asked. The folder has ${names.length} entries; ` +
          (writes
            ? `wrote ${NOTE}.`
            : "wrote nothing, because the sandbox is read-only."),
        followup_prompt: "",
        notes:
          `This result was made up by agentctl's stand-in worker. A line such as 'stand-in: {"say":"hello"}' in the prompt scripts it.`,
      },
    },
  ];
}

import { attachCommand, type DemoOutcome, runDemo } from "../demo/demo.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { EXIT_CODES } from "../system/errors.ts";
import { watchInterruption } from "../system/interruption.ts";
import { drawPatch } from "../terminal/draw_patch.ts";
import { flag } from "../terminal/option_spec.ts";
import { cutColumns, stripControls } from "../text/sanitize.ts";
import type { Style } from "../terminal/style.ts";
import { command } from "./command.ts";
import { runTable } from "../view/run_table.ts";
import { stdoutStyle, stdoutWidth } from "./terminal.ts";

export default command({
  name: "demo",
  summary:
    "show agentctl in action: four runs in a throwaway repository, no account needed",
  description:
    "Starts four runs at once in a throwaway git repository, on a private tmux socket, with the\nbuilt-in stand-in worker; continues the run whose goal is not met on a stronger profile;\nprints the table, the results and the diffs. It touches nothing of yours. The exit code is\n0 if every run ended as expected.",
  action: "run the demo",
  args: "",
  options: {
    keep: flag(
      "keep the repository, the runs and the tmux session so that you can look at them",
    ),
    codex: flag("use the real Codex on PATH instead of the stand-in"),
  },
  examples: ["agentctl demo", "agentctl demo --keep"],
  async run({ options, caller, print, say }) {
    const { codex: realCodex, keep } = options;
    say(
      realCodex
        ? "Four runs with the real Codex, in a throwaway repository:"
        : "Four runs with the stand-in worker (no model, no account), in a throwaway repository:",
    );
    using interruption = watchInterruption();
    const outcome = await runDemo(caller, {
      realCodex,
      keep,
      say,
      signal: interruption.signal,
    });
    if (options.json) {
      print(
        JSON.stringify(
          {
            runs: outcome.runs.map(({ record }) => record),
            surprises: outcome.surprises,
          },
          null,
          2,
        ),
      );
    } else {
      print(report(outcome, stdoutWidth(caller.env), stdoutStyle(caller.env)));
    }
    if (outcome.playground) {
      const { folder, repository, socket, context } = outcome.playground;
      const attach = attachCommand(outcome.playground);
      say(
        `Kept in ${folder}: the repository (${repository}) and the workspace (${context.workspace.root})`,
      );
      say(`See the panes:     ${attach}`);
      say(`See the runs:      HOME=${folder} agentctl list`);
      say(`Remove everything: tmux -S ${socket} kill-server; rm -r ${folder}`);
    } else {
      say(
        "The repository, the runs and their panes have been removed; use --keep to keep them",
      );
    }
    nextSteps().forEach(say);
    for (const surprise of outcome.surprises) {
      say(`Unexpected: ${surprise}`);
    }
    return outcome.surprises.length === 0
      ? EXIT_CODES.ok
      : EXIT_CODES.goal_not_met;
  },
});

/** What a user does after the demo; before the installation, from the checkout. */
function nextSteps(): string[] {
  const install = Deno.build.standalone
    ? []
    : [`npx -y deno@${Deno.version.deno} task install  # install agentctl`];
  return [
    "Next:",
    ...[
      ...install,
      "agentctl doctor                     # check what agentctl needs",
      "cd YOUR_PROJECT",
      "agentctl orch                       # let Claude Code plan and start workers",
      'agentctl start --prompt "Your task" # or start a worker yourself',
    ].map((line) => `  ${line}`),
  ];
}

function report(
  { runs, diffs, pane }: DemoOutcome,
  width: number,
  style: Style,
): string {
  return [
    "",
    runTable(runs, { width, style }).trimEnd(),
    "",
    style.strong("Results"),
    ...runs.flatMap(({ record }) =>
      isEnded(record) ? resultLines(record, style) : []
    ),
    "",
    style.strong("Diffs"),
    ...diffs.flatMap(({ title, patch }) => [
      `  ${title}`,
      ...drawPatch(patch.replace(/^index .*\n/gm, ""), style).split("\n")
        .map((line) => `    ${line}`),
    ]),
    ...paneLines(pane, width, style),
    "",
  ].join("\n");
}

/** The screen of a pane, cut to the width; nothing where tmux did not show it. */
function paneLines(
  pane: DemoOutcome["pane"],
  width: number,
  style: Style,
): string[] {
  if (pane === null) return [];
  const frame = style.dim("│");
  return [
    "",
    style.strong("A pane, as tmux shows it"),
    `  ${pane.title}`,
    ...pane.screen.trimEnd().split("\n").map((line) =>
      `    ${frame} ${cutColumns(stripControls(line), Math.max(width - 6, 20))}`
    ),
  ];
}

function resultLines(record: EndedRecord, style: Style): string[] {
  const lines = [`  ${record.title}`];
  if (record.result === "missing") {
    return [...lines, `    ${style.bad(record.status)}: ${record.reason}`];
  }
  lines.push(
    `    goal_met: ${record.goal_met}`,
    `    summary:  ${record.summary}`,
  );
  if (record.followup_prompt) {
    lines.push(`    followup: ${record.followup_prompt}`);
  }
  if (record.notes) lines.push(`    notes:    ${record.notes}`);
  return lines.map((line) => stripControls(line));
}

import { assertEquals, assertThrows } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import type { Command } from "../../src/cli/command.ts";
import { parseCall } from "../../src/cli/parse_call.ts";
import { AgentctlError } from "../../src/system/errors.ts";

async function commandOf(name: string): Promise<Command> {
  const entry = COMMANDS.find((entry) => entry.name === name);
  if (!entry) throw new Error(`There is no command "${name}"`);
  return await entry.load();
}

/** A call, and those of its options that are looked at. */
const CALLS: [string, Record<string, unknown>][] = [
  ["clean", { olderThanMs: 7 * 86_400_000, keep: 20, dryRun: false }],
  ["clean --older-than 1h --keep 0 --force", {
    ...{ olderThanMs: 3_600_000, keep: 0, force: true },
  }],
  ["list", { limit: 20, all: false, status: undefined, label: undefined }],
  ["list -n 3 --status lost --label a,b --label c", {
    ...{ limit: 3, status: "lost", label: ["a", "b", "c"] },
  }],
  ["tail", { lines: 10 }],
  ["tail -n 0", { lines: 0 }],
  ["stats --by day --since 7d", { by: "day", since: "7d" }],
  ["wait a b --any --timeout 90", { any: true, timeoutMs: 90_000 }],
  ["wait --all-running --no-follow", { allRunning: true, noFollow: true }],
  ["send a hello --now", { now: true, wait: false }],
  ["pause deep --for 2h", { forMs: 7_200_000 }],
  ["resume --parent-run-id x -p go", { parentRunId: "x", prompt: "go" }],
  ["start --prompt-file x --batch -", { promptFile: "x", batch: "-" }],
  ["orch . -c --resume x", { continue: true, resume: "x" }],
  ["merge a --dry-run", { dryRun: true, preview: false }],
  ["doctor --json --workspace x", { fix: false, json: true, workspace: "x" }],
];

Deno.test("parseCall() gives the options of commands as they declare them", async () => {
  for (const [call, expected] of CALLS) {
    const [name = "", ...words] = call.split(" ");
    const parsed = parseCall(await commandOf(name), words);
    for (const [key, value] of Object.entries(expected)) {
      assertEquals(parsed?.options[key], value, `${call}: ${key}`);
    }
  }
});

Deno.test("parseCall() gives the options of a task apart", async () => {
  const start = await commandOf("start");
  const words = "--timeout 1m --no-worktree --after a --after b --json";
  const parsed = parseCall(start, words.split(" "));
  assertEquals(parsed?.choices, {
    timeoutMs: 60_000,
    after: ["a", "b"],
    worktree: false,
  });
  assertEquals(parsed?.options.json, true);
});

const REFUSED: [string, string][] = [
  ["show", 'Cannot show run: name one run, as in "agentctl show @last"'],
  ["rerun", 'Cannot rerun: name a run, as in "agentctl rerun @last"'],
  ["merge", 'Cannot merge: name a run, as in "agentctl merge @last"'],
  ["wait", 'Cannot wait: name a run, as in "agentctl wait @last"'],
  ["stop", 'Cannot stop: name a run, as in "agentctl stop @last"'],
  [
    "ack",
    'Cannot acknowledge: name runs or give --all, as in "agentctl ack @last"',
  ],
  [
    "start two words",
    "Cannot start run: put the prompt in quotes, as in \"agentctl start 'Fix the rounding in src/tax.ts'\"",
  ],
  ["list x", 'Cannot list runs: argument "x" is unexpected'],
  ["projects x", 'Cannot list projects: argument "x" is unexpected'],
  ["clean -- x", 'Cannot clean: argument "x" is unexpected'],
  ["init a b", "Cannot make a workspace: give one folder, not 2"],
  ["orch a b", "Cannot start the orchestrator: give one folder, not 2"],
  ["pause a b", "Cannot pause: name one profile, or none for all of them"],
  [
    "remove-project",
    'Cannot remove project: give one name, as in "agentctl remove-project shop"',
  ],
  [
    "add-project a",
    'Cannot add project: give a name and a folder, as in "agentctl add-project shop ~/src/shop"',
  ],
  [
    "claude",
    'Cannot run "claude": give an action, one of install, status, uninstall',
  ],
  [
    "resume a two words",
    "Cannot resume: name a run, and put the prompt in quotes, as in \"agentctl resume @last 'Now add a test'\"",
  ],
  ["tail -n -1", 'Cannot use --lines "-1": give a whole number from 0'],
  ["list --limit 0", 'Cannot use --limit "0": give a whole number from 1'],
  ["list --status runing", 'did you mean "running"'],
  ["stats --by week", 'Cannot use --by "week": give one of'],
  ["rerun a --retry x", 'Cannot use --retry "x": give a whole number'],
];

Deno.test("parseCall() refuses arguments and values that a command does not take, before it runs", async () => {
  for (const [call, message] of REFUSED) {
    const [name = "", ...words] = call.split(" ");
    const command = await commandOf(name);
    const error = assertThrows(
      () => parseCall(command, words),
      AgentctlError,
      message,
    );
    assertEquals(error.exitCode, 2, call);
    // Whoever asks for help gets it, whatever else is wrong.
    assertEquals(parseCall(command, ["--help", ...words]), null, call);
  }
});

Deno.test("parseCall() keeps what follows -- for a command that passes it on", async () => {
  const words = ["a", "--", "b", "--title"];
  const orch = parseCall(await commandOf("orch"), words);
  assertEquals([orch?.args, orch?.rest], [["a"], ["b", "--title"]]);
  const discard = parseCall(await commandOf("discard"), words);
  assertEquals([discard?.args, discard?.rest], [["a", "b", "--title"], []]);
});

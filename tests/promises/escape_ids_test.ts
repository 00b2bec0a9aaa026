import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parseRecord } from "../../src/run/record.ts";
import { killHolders } from "../../src/system/processes.ts";
import { finishedRecord, startingRecord } from "../run/sample_record.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { exists } from "./forged_runs.ts";

const TRAP = "AGENTCTL_PWNED";

const PANE = {
  socket: "/tmp/tmux-1000/default",
  session: "ai",
  window_id: "@3",
  pane_id: "%12",
};

const WORKTREE = {
  repository: "/src/shop",
  path: "/home/me/.ai-orch/worktrees/shop/x",
  branch: "agentctl/x",
  base_commit: null,
  commit: null,
  setup: null,
};

/** Texts that are not ids, and that somebody would act on. */
const COMMANDS = [
  `%1; run-shell "touch ${TRAP}"`,
  `%1 \\; run-shell 'touch ${TRAP}'`,
  `%1\nrun-shell 'touch ${TRAP}'`,
  `#(touch ${TRAP})`,
  `$(touch ${TRAP})`,
  "-t",
  "--options",
  "{last}",
  "",
  " ",
  "\0",
];

const PANE_IDS = [
  ...[...COMMANDS, "12", "%", "%-1", "%1x", "x%1", "%1 ", "%99999999999"],
  ...["%1:2", "%１", "main:0.0", "@3"],
];

const RUN_IDS = [
  ...COMMANDS,
  ...["..", ".", "../x", "../../x", "a/b", "/etc/passwd", "a\\..\\b", "a b"],
  ...["-rf", "x".repeat(65), "a\n", "ä"],
];

/** What a forged record may say where an id, a process or a place is expected; and what is right there. */
const FORGED: Record<
  string,
  { right: unknown; wrong: readonly unknown[]; of: (value: unknown) => object }
> = {
  "pane.pane_id": {
    right: "%12",
    wrong: [...PANE_IDS, 12, ["%1"]],
    of: (pane_id) => ({ pane: { ...PANE, pane_id } }),
  },
  "pane.window_id": {
    right: "@3",
    wrong: [...COMMANDS, "3", "@", "@x", "%3", "@3; kill-server"],
    of: (window_id) => ({ pane: { ...PANE, window_id } }),
  },
  "pane.socket": {
    right: "/tmp/tmux-1000/default",
    wrong: [
      ...["default", "../x", "./x", "", "-L", "~/x", "/a\nb", "/a\0b"],
      ...["/\x1b]0;x\x07", `/${"x".repeat(1_001)}`],
    ],
    of: (socket) => ({ pane: { ...PANE, socket } }),
  },
  "pane.session": {
    right: "ai; x",
    wrong: ["", "a\nb", "a\0b", "\x1b[2J", "x".repeat(1_001)],
    of: (session) => ({ pane: { ...PANE, session } }),
  },
  "placement.caller_pane": {
    right: "%12",
    wrong: PANE_IDS,
    of: (caller_pane) => ({ placement: { socket: null, caller_pane } }),
  },
  "placement.socket": {
    right: "/tmp/x",
    wrong: ["x", "../x", "-S", "", "/a\nb"],
    of: (socket) => ({ placement: { socket, caller_pane: null } }),
  },
  notify_target: {
    right: "%12",
    wrong: PANE_IDS,
    of: (notify_target) => ({ notify_target }),
  },
  supervisor_pid: {
    right: 4_000_000,
    wrong: [-1, -4_000, 0, 1, 1.5, "12", "12; kill -9 1", NaN, Infinity, [12]],
    of: (supervisor_pid) => ({ supervisor_pid }),
  },
  run_id: { right: "x", wrong: RUN_IDS, of: (run_id) => ({ run_id }) },
  root_run_id: {
    right: "x",
    wrong: RUN_IDS,
    of: (root_run_id) => ({ root_run_id }),
  },
  parent_run_id: {
    right: "x",
    wrong: RUN_IDS,
    of: (parent_run_id) => ({ parent_run_id }),
  },
  next_run_id: {
    right: "x",
    wrong: RUN_IDS,
    of: (next_run_id) => ({ next_run_id }),
  },
  after: {
    right: ["x"],
    wrong: RUN_IDS.map((id) => [id]),
    of: (after) => ({ after }),
  },
  after_any_end: {
    right: ["x"],
    wrong: RUN_IDS.map((id) => ["x", id]),
    of: (after_any_end) => ({ after_any_end }),
  },
  "overlaps.run_id": {
    right: "x",
    wrong: RUN_IDS,
    of: (run_id) => ({ overlaps: [{ run_id, files: [] }] }),
  },
  thread_id: {
    right: "18efe420-928e-4dac-a85d-0d84021f5b31",
    wrong: [...COMMANDS, "../x", "a/b", "-c", "--last", "a b", "a*"],
    of: (thread_id) => ({ thread_id }),
  },
  resumed_thread_id: {
    right: "18efe420-928e-4dac-a85d-0d84021f5b31",
    wrong: [...COMMANDS, "../x", "--last"],
    of: (resumed_thread_id) => ({ resumed_thread_id }),
  },
  "worktree.branch": {
    right: "agentctl/x",
    wrong: [
      ...[...COMMANDS, "main", "agentctl/", "agentctl/../main", "agentctl/a/b"],
      ...["-D", "agentctl/-x", "refs/heads/main", "agentctl/x:main"],
    ],
    of: (branch) => ({ worktree: { ...WORKTREE, branch } }),
  },
  "worktree.path": {
    right: "/x",
    wrong: ["x", "../x", "", "-f", "/a\0b"],
    of: (path) => ({ worktree: { ...WORKTREE, path } }),
  },
  "worktree.commit": {
    right: "a".repeat(40),
    wrong: [...COMMANDS, "a..b", "a:b", "^a", "HEAD~1", "@{1}", "--all"],
    of: (commit) => ({ worktree: { ...WORKTREE, commit } }),
  },
  repository: {
    right: "/src/shop/.git",
    wrong: ["x", "../x", ""],
    of: (repository) => ({ repository }),
  },
};

Deno.test("a record with an invalid id, process or place is refused", () => {
  let tried = 0;
  for (const [name, { right, wrong, of }] of Object.entries(FORGED)) {
    const isPlacement = name.startsWith("placement");
    const base = isPlacement ? startingRecord() : finishedRecord();
    // The control.
    parseRecord({ ...base, ...of(right) });
    for (const value of wrong) {
      let refused = true;
      try {
        parseRecord({ ...base, ...of(value) });
        refused = false;
      } catch {
        // As it has to be.
      }
      assert(refused, `${name}: ${JSON.stringify(value)}`);
      tried++;
    }
  }
  assert(tried >= 250, `${tried}`);
});

/** Puts what a file of a workspace may not say into each file that a workspace reads. */
async function forgeFiles(state: string, socket: string): Promise<void> {
  const write = async (path: string, value: unknown) => {
    const file = join(state, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(
      file,
      typeof value === "string" ? value : JSON.stringify(value),
    );
  };
  const pane = { ...PANE, socket };
  const [command = "", , lines = ""] = COMMANDS;
  const records: object[] = [
    { pane: { ...pane, pane_id: command } },
    { pane: { ...pane, pane_id: lines } },
    { pane: { ...pane, window_id: command } },
    // One that is well formed, and the user's own.
    { pane: { ...pane, pane_id: "%0" } },
    { notify_target: command },
    { run_id: "../../x" },
    { root_run_id: "../../x", next_run_id: "../../x" },
    { overlaps: [{ run_id: "../../../x", files: ["a"] }] },
    { worktree: { ...WORKTREE, path: "../../x", branch: "main" } },
    { supervisor_pid: -1, status: "running", ended_at: undefined },
  ];
  for (const [index, change] of records.entries()) {
    const run_id = `20260102-030405-000${index}`;
    const record = finishedRecord({ run_id, root_run_id: run_id });
    await write(`runs/${run_id}/meta.json`, { ...record, ...change });
    await write(`runs/${run_id}/prompt.md`, "Do it");
    await write(`runs/${run_id}/overlaps/x.json`, {
      run_id: "../../../x",
      files: ["a"],
    });
    await write(`runs/${run_id}/messages/1.json`, {
      id: "../x",
      from: command,
    });
    await write(`runs/${run_id}/requests/stop.json`, { reason: command });
    await write(`runs/${run_id}/worktree.json`, { path: "../x", tip: command });
    await write(`runs/${run_id}/peers/-rf`, "");
  }
  for (const folder of ["queue", "active", "seen", "delivered", "wake"]) {
    for (
      const name of ["-rf", "..x", "a b", "$(touch x)", command.slice(0, 12)]
    ) {
      await write(`${folder}/${name}`, "");
    }
    // A mark of a run that is nowhere.
    await write(`${folder}/20260102-030405-ffff`, "");
  }
  await write("pauses.json", { "../../x": { until: null, reason: command } });
  await write("projects.json", {
    schema: 1,
    projects: { "../x": { path: "../x" }, "a\nb": { path: "/" } },
  });
  await write(
    "worker_folders.jsonl",
    `{"folder": "../x", "kept": ["../y"]}\n{"folder": 3}\n[]\nnull\n\0\n`,
  );
}

Deno.test("ids, panes and places in whatever file of a workspace are obeyed by no command", async () => {
  await using stage = await makeStage();
  await using tmux = await startPrivateTmux({
    dir: join(stage.scratch.dir, "t"),
    width: 80,
    height: 24,
  });
  const trap = join(stage.repository.dir, TRAP);
  await forgeFiles(stage.workspace, tmux.socket);
  const outside = join(stage.scratch.home, "x");
  await Deno.mkdir(outside);
  await Deno.writeTextFile(join(outside, "meta.json"), "{}");
  for (
    const words of [
      ["list"],
      ["inbox"],
      ["show", "20260102-030405-0000"],
      ["stop", "20260102-030405-0009"],
      ["send", "20260102-030405-0009", "--list"],
      ["discard", "--force", "20260102-030405-0008"],
      ["diff", "20260102-030405-0006"],
      ["projects"],
      ["clean", "--older-than", "1s", "--keep", "0"],
    ]
  ) {
    const { code, stderr } = await stage.agentctl(words);
    assert(code < 10 && !stderr.includes("internal error"), stderr);
  }
  assertEquals(await exists(trap), false);
  assertEquals(await Deno.readTextFile(join(outside, "meta.json")), "{}");
  assertEquals(await tmux.run("list-panes", "-a", "-F", "#{pane_id}"), "%0");
  // The control: as a command of tmux it does what it says.
  const file = join(stage.scratch.dir, "commands");
  await Deno.writeTextFile(
    file,
    `select-pane -t '%0'; run-shell "touch ${trap}"\n`,
  );
  await tmux.run("source-file", file);
  await until("tmux obeys", () => exists(trap));
});

Deno.test("only a process that is the supervisor of a run by its words and by its lock is killed", async () => {
  const dir = await Deno.makeTempDir();
  const env = { PATH: Deno.env.get("PATH") ?? "" };
  const lock = join(dir, "lock");
  await Deno.writeTextFile(lock, "");
  const sleeping = (words: string[], file: string | null) =>
    new Deno.Command("sh", {
      args: [
        "-c",
        `${file === null ? "" : `exec 9<"$0"; `}echo; read x`,
        file ?? "",
        ...words,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  const id = "20260102-030405-a1b2";
  const holder = { command: "_supervise", argument: id, file: lock };
  const strangers: Record<string, Deno.ChildProcess> = {
    "words without the lock": sleeping(["_supervise", id], null),
    "another file": sleeping(["_supervise", id], join(dir, ".")),
    "the lock without words": sleeping([], lock),
    "the lock and one word": sleeping(["_supervise"], lock),
    "the lock and the id": sleeping([id], lock),
    "the lock and a longer id": sleeping(["_supervise", `${id}3`], lock),
    "the lock and both in one": sleeping([`_supervise ${id}`], lock),
  };
  const own = sleeping(["_supervise", id], lock);
  const all = [...Object.values(strangers), own];
  try {
    // Each has its file open before it says a word.
    for (const child of all) await child.stdout.getReader().read();
    assertEquals(await killHolders(holder, env), 1);
    assertEquals((await own.status).signal, "SIGKILL");
    assertEquals(await killHolders(holder, env), 0);
    for (const [name, child] of Object.entries(strangers)) {
      await child.stdin.close();
      assertEquals((await child.status).signal, null, name);
    }
  } finally {
    for (const child of all) {
      await child.stdin.close().catch(() => {});
      await child.status;
    }
    await Deno.remove(dir, { recursive: true });
  }
});

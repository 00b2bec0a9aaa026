import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { walk } from "@std/fs";
import { join } from "@std/path";
import type { LiveRecord } from "../../src/run/record.ts";
import { sha256Hex } from "../../src/files/digest.ts";
import { isLocked } from "../../src/files/lock.ts";
import {
  makeProjectWorkspace,
  type ProjectWorkspace,
} from "../support/project_workspace.ts";
import { endChild } from "../support/processes.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { exists, forgeEnded } from "./forged_runs.ts";

// Runs in the folder of a workspace, where an earlier agentctl kept them and
// anybody may forge them, are listed and shown: nothing else is done with one.

const FORGED = "20260101-000000-0000";

/** Every command that does something with a run. */
const ACTING: string[][] = [
  ["diff", FORGED],
  ["merge", FORGED],
  ["discard", FORGED, "--force"],
  ["resume", "--parent-run-id", FORGED, "--prompt", "Go on"],
  ["rerun", FORGED],
  ["send", FORGED, "Hello"],
  ["stop", FORGED],
  ["wait", FORGED],
  ["release", FORGED],
  ["chain", FORGED],
  ["ack", FORGED],
  ["start", "--prompt", "Then", "--after", FORGED],
  ["start", "--prompt", "Then", "--after-any-end", FORGED],
];

Deno.test("whatever would act on a run of an earlier agentctl says what to do instead", async () => {
  await using stage = await makeStage();
  const { root, state } = await makeProjectWorkspace(stage);
  await forgeEnded(root, FORGED, { cwd: stage.repository.dir });
  for (const words of ACTING) {
    const { code, stdout, stderr } = await stage.agentctl(words);
    assertEquals([code, stdout], [2, ""], `${words}: ${stderr}`);
    assertStringIncludes(stderr, "agentctl trust --import", words.join(" "));
  }
  const beginning = await stage.agentctl(["stop", "20260101-0000"]);
  assertStringIncludes(beginning.stderr, "agentctl trust --import");
  assertEquals((await stage.agentctl(["stop", "@last"])).code, 3);
  assertEquals(await exists(state), false, "Something was written");

  // As a control, the same run in the state.
  await forgeEnded(state, FORGED, { cwd: stage.repository.dir });
  for (const words of ACTING.filter(([name]) => name !== "diff")) {
    const { stderr } = await stage.agentctl(words);
    assertEquals(stderr.includes("trust --import"), false, words.join(" "));
  }
});

Deno.test("a run of an earlier agentctl is listed and shown, marked as such", async () => {
  await using stage = await makeStage();
  const { root } = await makeProjectWorkspace(stage);
  await forgeEnded(root, FORGED, { title: "Of old" });
  const table = await stage.agentctl(["list"]);
  assertStringIncludes(table.stdout, "Of old (earlier layout)");
  assertStringIncludes(table.stderr, "1 run of an earlier agentctl");
  const [row] = JSON.parse((await stage.agentctl(["list", "--json"])).stdout);
  assertEquals([row.run_id, row.older_layout], [FORGED, true]);
  const short = JSON.parse((await stage.agentctl(["show", FORGED])).stdout);
  assertEquals([short.title, short.older_layout], ["Of old", true]);
  assertEquals((await stage.show(FORGED))["older_layout"], true);
  assertEquals((await stage.agentctl(["inbox"])).stdout, "");
});

/** Programs that note how they were called, before those of the machine. */
async function noteCalls(stage: Stage, program: string): Promise<string> {
  const log = join(stage.scratch.dir, `${program}.log`);
  await Deno.remove(join(stage.scratch.bin, program)).catch(() => {});
  await Deno.writeTextFile(
    join(stage.scratch.bin, program),
    `#!/bin/sh\necho "$PWD: $*" >> ${log}\nPATH=/usr/bin:/bin exec ${program} "$@"\n`,
    { mode: 0o755 },
  );
  return log;
}

/** What a forged record makes a program do, and where that shows. */
interface Forgery {
  change(stage: Stage): Partial<LiveRecord> | Promise<Partial<LiveRecord>>;
  /** A command that asks the program about the run of the state. */
  words: string[];
  program: "tmux" | "git";
  /** Stands in the calls of the program if the record was believed. */
  trace: string;
}

const SOCKET = "/tmp/forged-socket";
const pane = (pane_id: string) => ({
  pane: { socket: SOCKET, session: "ai", window_id: "@7", pane_id },
});
const worktree = async (stage: Stage) => {
  const repository = join(stage.repository.dir, "forged");
  const place = `forged-${(await sha256Hex(repository)).slice(0, 8)}`;
  return {
    worktree: {
      repository,
      path: join(stage.repository.dir, place, FORGED),
      branch: `agentctl/${FORGED}`,
      base_commit: null,
      commit: null,
      setup: null,
    },
  };
};

const FORGERIES: Record<string, Forgery> = {
  "a pane for clean": {
    change: () => pane("%77"),
    words: ["clean", "--older-than", "1s", "--keep", "0"],
    program: "tmux",
    trace: SOCKET,
  },
  "a pane of a run that is about to start": {
    change: () => ({ ...pane("%77"), status: "starting" }),
    words: ["list"],
    program: "tmux",
    trace: SOCKET,
  },
  "a repository for merge": {
    change: worktree,
    words: ["merge", FORGED],
    program: "git",
    trace: "forged",
  },
  "a repository for discard": {
    change: worktree,
    words: ["discard", FORGED],
    program: "git",
    trace: "forged",
  },
  "a repository for diff": {
    change: async (stage) => ({
      ...await worktree(stage),
      // Without a diff of its own, that of the worktree is asked for.
      ...{ git_diff_stat: null },
    }),
    words: ["diff", FORGED],
    program: "git",
    trace: "forged",
  },
};

for (const [name, forgery] of Object.entries(FORGERIES)) {
  const { change, words, program, trace } = forgery;
  Deno.test(`a forged record starts no program: ${name}`, async () => {
    await using stage = await makeStage();
    const { root, state } = await makeProjectWorkspace(stage);
    const repository = join(stage.repository.dir, "forged");
    await stage.repository.git("init", "--quiet", repository);
    const log = await noteCalls(stage, program);
    const calls = () => Deno.readTextFile(log).catch(() => "");
    const forge = async (folder: string) => {
      await forgeEnded(folder, FORGED);
      const path = join(folder, "runs", FORGED, "meta.json");
      const record = JSON.parse(await Deno.readTextFile(path));
      await Deno.writeTextFile(
        path,
        JSON.stringify({ ...record, ...await change(stage) }),
      );
      await Deno.mkdir(join(folder, "seen"), { recursive: true });
      await Deno.writeTextFile(join(folder, "seen", FORGED), "");
    };
    await forge(root);
    for (const command of [["list"], ["show", FORGED], ["inbox"], words]) {
      await stage.agentctl(command);
    }
    assertEquals((await calls()).includes(trace), false, "It was believed");

    await forge(state);
    await stage.agentctl(words);
    assert((await calls()).includes(trace), "The control does not act");
  });
}

Deno.test("a forged process is sent no signal, and a forged lock is waited for by nobody", async () => {
  await using stage = await makeStage();
  const { root, state } = await makeProjectWorkspace(stage);
  await using victim = disposable(
    new Deno.Command("sleep", { args: ["1000"] }).spawn(),
  );
  const forge = async (folder: string) => {
    await forgeEnded(folder, FORGED);
    const path = join(folder, "runs", FORGED, "meta.json");
    const record = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        ...record,
        ...{ status: "running", ended_at: undefined, failure: undefined },
        supervisor_pid: victim.child.pid,
      }),
    );
    const lock = join(folder, "runs", FORGED, "lock");
    const file = await Deno.open(lock, { write: true, create: true });
    await file.lock(true);
    return file;
  };
  using _held = await forge(root);
  for (
    const words of [["stop", FORGED], ["stop", "--all"], ["list"], [
      "clean",
      "--older-than",
      "1s",
      "--keep",
      "0",
    ], ["send", FORGED, "--now", "x"]]
  ) await stage.agentctl(words);
  const requests = (folder: string) =>
    exists(join(folder, "runs", FORGED, "requests", "stop.json"));
  assertEquals(await requests(root), false);
  assertEquals(await victim.isAlive(), true);

  // As a control: in the state its supervisor is asked to stop.
  const held = await forge(state);
  const stopping = stage.agentctl(["stop", FORGED]);
  await untilExists(join(state, "runs", FORGED, "requests", "stop.json"));
  held.close();
  await stopping;
});

async function untilExists(path: string): Promise<void> {
  const { until } = await import("../support/until.ts");
  await until(`"${path}" is there`, () => exists(path));
}

function disposable(child: Deno.ChildProcess) {
  let alive = true;
  child.status.then(() => alive = false);
  return {
    child,
    async isAlive() {
      // What was sent a signal has ended by the time that another process has.
      await new Deno.Command("true").output();
      return alive;
    },
    [Symbol.asyncDispose]: () => endChild(child),
  };
}

Deno.test("links in the folder of a workspace are not written through", async () => {
  await using stage = await makeStage();
  const { root, state } = await makeProjectWorkspace(stage);
  const victims = join(stage.scratch.dir, "victims");
  const link = async (folder: string) => {
    await Deno.mkdir(folder, { recursive: true });
    for (const name of ["runs", "queue", "active", "seen", "cache"]) {
      await Deno.remove(join(folder, name), { recursive: true })
        .catch(() => {});
      const victim = join(victims, name);
      await Deno.mkdir(victim, { recursive: true });
      await Deno.writeTextFile(join(victim, "log"), "");
      await Deno.symlink(victim, join(folder, name));
    }
  };
  const written = async () =>
    (await Array.fromAsync(walk(victims, { includeDirs: false })))
      .map(({ path }) => path)
      .filter((path) => !path.endsWith("/log"));
  const work = async () => {
    const { stdout } = await stage.agentctl(["start", "--run-id", "honest"], {
      stdin: "Work",
    });
    await stage.agentctl(["wait", stdout.trim(), "--timeout", "60s"]);
  };
  await link(root);
  await work();
  assertEquals(await written(), []);
  // Its supervisor holds the lock until it has tidied up.
  const lock = join(state, "runs", "honest", "lock");
  await until("the supervisor is done", async () => !await isLocked(lock));
  await Deno.remove(state, { recursive: true });
  await link(state);
  await work();
  assert((await written()).length > 0, "The control does not act");
});

/** What may stand where a run, or a file of one, is expected. */
const ODD: Record<
  string,
  (root: string, stage: Stage) => Promise<unknown>
> = {
  "a named pipe as a record": async (root) => {
    await Deno.mkdir(join(root, "runs", "pipe"));
    await new Deno.Command("mkfifo", {
      args: [join(root, "runs", "pipe", "meta.json")],
    }).output();
  },
  "a named pipe as a lock": async (root) => {
    await forgeEnded(root, "locked");
    await new Deno.Command("mkfifo", {
      args: [join(root, "runs", "locked", "lock")],
    }).output();
  },
  "a record of five gigabytes": async (root) => {
    await Deno.mkdir(join(root, "runs", "huge"));
    const path = join(root, "runs", "huge", "meta.json");
    await Deno.writeTextFile(path, "{");
    await Deno.truncate(path, 5_000_000_000);
  },
  "a link as a record": async (root, { scratch }) => {
    await Deno.mkdir(join(root, "runs", "link"));
    await Deno.symlink(
      join(scratch.home, "secret"),
      join(root, "runs", "link", "meta.json"),
    );
  },
  "a link as a run": (root, { scratch }) =>
    Deno.symlink(scratch.home, join(root, "runs", "linked")),
  "the record of another run": (root) =>
    forgeEnded(root, "other", { run_id: "somebody" }),
  "the record of a newer agentctl": async (root) => {
    await forgeEnded(root, "newer");
    const path = join(root, "runs", "newer", "meta.json");
    const record = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...record, schema: 99 }));
  },
  "ids that lead elsewhere": (root) =>
    forgeEnded(root, "ids", {
      root_run_id: "../../../home",
      parent_run_id: "../x",
      after: ["../y"],
    }),
  "three thousand runs": async (root) => {
    for (let number = 0; number < 3_000; number++) {
      await Deno.mkdir(join(root, "runs", `many-${number}`));
    }
  },
};

Deno.test("odd things where an earlier agentctl kept runs make nothing hang, swell or fail", async () => {
  await using stage = await makeStage();
  const { root }: ProjectWorkspace = await makeProjectWorkspace(stage);
  await Deno.mkdir(join(root, "runs"));
  for (const make of Object.values(ODD)) await make(root, stage);
  // The newest.
  await forgeEnded(root, "z-good", { title: "Good" });
  for (
    const words of [
      ["list"],
      ["list", "--all", "--json"],
      ["show", "z-good"],
      ["stats"],
      ["inbox"],
      ["trust", "--import", "--yes"],
    ]
  ) {
    const output = await limited(stage, words);
    assertEquals(output.code, 0, `${words}: ${output.stderr}`);
    assertEquals(output.stderr.includes("Internal error"), false);
    if (words[0] === "list") assertStringIncludes(output.stdout, "Good");
  }
  for (const id of ["pipe", "huge", "link", "other"]) {
    const { code } = await limited(stage, ["show", id]);
    assertEquals(code, 5, id);
  }
});

/** Runs agentctl with less memory than the largest file has. */
async function limited(stage: Stage, words: string[]) {
  const { PROGRAM_ARGS } = await import("../support/stage.ts");
  const child = new Deno.Command("timeout", {
    args: [
      ...["60", Deno.execPath(), ...PROGRAM_ARGS.slice(0, 1)],
      ...["--v8-flags=--max-old-space-size=400", ...PROGRAM_ARGS.slice(1)],
      ...words,
    ],
    cwd: stage.repository.dir,
    env: stage.env,
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

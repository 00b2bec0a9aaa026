import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileSystemIn } from "../../src/doctor/check_hosts.ts";
import { checkRecords } from "../../src/doctor/check_records.ts";
import { checkWatching } from "../../src/doctor/check_watching.ts";
import { type Check, diagnose } from "../../src/doctor/diagnose.ts";
import { drawFindings } from "../../src/doctor/draw_findings.ts";
import { ok, problem, warning } from "../../src/doctor/finding.ts";
import { mend } from "../../src/doctor/mend.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { columnsOf } from "../../src/text/columns_of.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { makeStyle } from "../../src/terminal/style.ts";

function check(name: string, run: Check["run"]): Check {
  return { name, subject: `The ${name}`, remedy: "look", run };
}

function examine(...checks: Check[]) {
  const caller = { cwd: "/", env: { HOME: "/" } };
  return diagnose({ caller, mayWrite: false, timeoutMs: 20, checks });
}

Deno.test("diagnose() ends although a check does not, and keeps what came before", async () => {
  const never = new Promise<never>(() => {});
  const findings = await examine(
    check("slow", async function* () {
      yield ok("slow", "first");
      await never;
    }),
    check("quick", async function* () {
      yield await Promise.resolve(ok("quick", "fine"));
    }),
  );
  assertEquals(findings, [
    ok("slow", "first"),
    problem("slow", "The slow did not answer within 0.02 s", "look"),
    ok("quick", "fine"),
  ]);
});

Deno.test("diagnose() ends what a slow check waits for, and does not believe what that says", async () => {
  const findings = await examine(check("slow", async function* ({ signal }) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield ok("slow", "ended with exit code 143");
  }));
  assertEquals(findings.map(({ state }) => state), ["problem"]);
});

Deno.test("diagnose() lets its checks remove what they made when the user interrupts it", async () => {
  const controller = new AbortController();
  let removed = false;
  const cleaning = check("cleaning", async function* ({ signal }) {
    yield* [];
    const aborted = new Promise((resolve) =>
      signal.addEventListener("abort", resolve)
    );
    controller.abort();
    await aborted;
    removed = true;
  });
  await diagnose({
    caller: { cwd: "/", env: { HOME: "/" } },
    mayWrite: false,
    checks: [cleaning],
    signal: controller.signal,
  });
  assert(removed);
});

Deno.test("diagnose() takes what a check throws for a problem", async () => {
  const [finding] = await examine(check("bad", async function* () {
    yield* [];
    await Promise.reject(new Error("Cannot do x; do y"));
  }));
  assertEquals(finding, problem("bad", "Cannot do x", "do y"));
});

Deno.test("diagnose() names once what keeps many checks from their work", async () => {
  const failing = (name: string) =>
    check(name, async function* () {
      yield* [];
      await Promise.reject(new Error("HOME is not set; set it"));
    });
  const findings = await examine(failing("a"), failing("b"));
  assertEquals(findings, [problem("a", "HOME is not set", "set it")]);
});

Deno.test("mend() goes on after a repair that fails", async () => {
  const repaired = await mend([
    ok("a", "a"),
    warning("b", "b", "c", () => Promise.reject(new Error("no"))),
    warning("d", "d", "e", () => Promise.resolve("Done")),
  ]);
  assertEquals(repaired, { done: ["Done"], failed: ["Cannot fix b: no"] });
});

const open = () =>
  Promise.resolve({
    workspace: { root: "/", state: "/", config: DEFAULT_CONFIG, remarks: [] },
    missing: false,
    configError: null,
  });

Deno.test("checkRecords() says so if there was no time for all runs", async () => {
  const runs = () => Promise.resolve({ runs: [], left: 3 });
  const codex = () => Promise.resolve(null);
  const { signal } = new AbortController();
  const caller = { cwd: "/", env: {} };
  const found = await Array.fromAsync(
    checkRecords({ caller, signal, mayWrite: false, open, runs, codex }),
  );
  assertEquals(found.map(({ state }) => state), ["warning"]);
  assertStringIncludes(found[0]?.message ?? "", "not 3 older ones");
});

Deno.test("checkWatching() says what happens where the system has no watch left", async () => {
  const [finding] = await Array.fromAsync(
    checkWatching({ open, mayWrite: false }, () => {
      throw new Error("Too many open files (os error 24)");
    }),
  );
  assertEquals(finding?.state, "warning");
  assertStringIncludes(finding?.message ?? "", "Too many open files");
  assertStringIncludes(finding?.remedy ?? "", "fs.inotify.max_user_instances");
});

Deno.test("checkWatching() tries whether a change is told and a lock held, if it may write", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const examination = {
    open: () =>
      Promise.resolve({ workspace, missing: false, configError: null }),
    mayWrite: true,
  };
  const states = async (
    ...how: Parameters<typeof checkWatching> extends [unknown, ...infer Rest]
      ? Rest
      : never
  ) =>
    (await Array.fromAsync(checkWatching(examination, ...how)))
      .map(({ check, state }) => `${check} ${state}`);
  assertEquals(await states(), ["watching ok", "locks ok"]);
  // As sshfs does, where each machine has locks of its own, and NFS for what others change.
  const deaf = () => ({
    close() {},
    [Symbol.asyncIterator]: () =>
      new ReadableStream<Deno.FsEvent>()[Symbol.asyncIterator](),
  });
  const granted = () => Promise.resolve({ [Symbol.dispose]() {} });
  assertEquals(await states(deaf, granted), [
    "watching warning",
    "locks warning",
  ]);
  assertEquals(await states(undefined, () => Promise.reject(new Error("no"))), [
    "watching ok",
    "locks warning",
  ]);
  assertEquals(
    (await Array.fromAsync(Deno.readDir(workspace.state)))
      .filter(({ name }) => name.includes("doctor")),
    [],
  );
});

Deno.test("fileSystemIn() finds the file system of a folder", () => {
  const mounts = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "40 22 0:45 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2",
    "41 22 0:46 / /home/me/a\\040b rw master:3 - fuse.sshfs me@host: rw",
    "",
  ].join("\n");
  assertEquals(
    ["/etc", "/home/me/.ai-orch", "/homes", "/home/me/a b/c"].map((path) =>
      fileSystemIn(mounts, path)
    ),
    ["ext4", "nfs4", "ext4", "fuse.sshfs"],
  );
  assertEquals(fileSystemIn("", "/home"), null);
});

Deno.test("drawFindings() aligns, names each group once, and fits the width", () => {
  const long = "a sentence that is much longer than a line may be ".repeat(3);
  const text = drawFindings(
    [
      ok("tmux", "fine"),
      warning("tmux.pane", long, long),
      problem("git", "a\x1b]52;c;eA==\x07b\nc", "install git"),
    ],
    60,
    makeStyle({ color: false }),
  );
  const lines = text.split("\n");
  assertEquals(lines[0], "tmux  ok       fine");
  assert(lines[1]?.startsWith("      warning  a sentence"), text);
  assertEquals(lines.at(-2), "git   problem  ab c");
  assertEquals(lines.at(-1), "               → install git");
  assert(lines.every((line) => columnsOf(line) <= 60), text);
  assertEquals(lines.filter((line) => line.startsWith("tmux")).length, 1);
});

Deno.test("drawFindings() colours the states", () => {
  const text = drawFindings(
    [ok("a", "x"), warning("b", "y", "z"), problem("c", "v", "w")],
    80,
    makeStyle({ color: true }),
  );
  assertStringIncludes(text, "\x1b[32mok\x1b[39m");
  assertStringIncludes(text, "\x1b[33mwarning\x1b[39m");
  assertStringIncludes(text, "\x1b[31mproblem\x1b[39m");
});

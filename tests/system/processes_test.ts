import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  DESCENDANTS,
  descendantsOf,
  endMarkedProcesses,
  FIND,
  killHolders,
  markedCpuSeconds,
  parseCpuTime,
} from "../../src/system/processes.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { endChild, isAlive } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** Marks that no other run of the tests has: what carries them is ended. */
const test = crypto.randomUUID().slice(0, 8);
const mark = (name: string) => `AGENTCTL_TEST=${test}-${name}` as const;

const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

Deno.test("endMarkedProcesses() ends what hides in a session of its own and ignores signals, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const marked = await hidingProcess(folder.path, mark("a"));
  const other = await hidingProcess(folder.path, mark("ab"));
  const ended = await endMarkedProcesses(mark("a"), env);
  // The process, and the `sleep` that it starts again and again.
  assert(ended >= 1 && ended <= 2, String(ended));
  assertEquals(await isAlive(marked), false);
  assertEquals(await isAlive(other), true);
  await endMarkedProcesses(mark("ab"), env);
  assertEquals(await isAlive(other), false);
});

Deno.test("endMarkedProcesses() ends children that cleared their environment", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "pid");
  const script =
    `env -i /bin/sh -c 'echo $$ > "$1.new"; mv "$1.new" "$1"; while :; do /bin/sleep 0.1; done' sh "$1" & wait`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", file],
    env: { ...env, AGENTCTL_TEST: `${test}-parent` },
    clearEnv: true,
  }).spawn();
  const pid = await readPid(file);
  assert(await isAlive(pid));
  await endMarkedProcesses(mark("parent"), env);
  assertEquals(await isAlive(pid), false);
  // By the signal, or because the shell saw its child end first.
  await child.status;
});

Deno.test("endMarkedProcesses() takes the mark for what it is, and ends nothing where there is nothing", async () => {
  await using folder = await temporaryFolder();
  const pid = await hidingProcess(folder.path, mark("b"));
  const others = [
    mark("."),
    mark(""),
    `TEST=${test}-b`,
    "X=$(touch x)",
  ] as const;
  for (const other of others) {
    assertEquals(await endMarkedProcesses(other, env), 0);
  }
  assertEquals(await isAlive(pid), true);
  await endMarkedProcesses(mark("b"), env);
});

Deno.test("killHolders() ends what was called so and has the file open, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "it's a lock");
  const other = join(folder.path, "other");
  await Deno.writeTextFile(file, "");
  await Deno.writeTextFile(other, "");
  const holder = (file: string, ...words: string[]) =>
    new Deno.Command("/bin/sh", {
      args: [
        ...["-c", 'trap "" TERM; exec 9<"$0"; while :; do sleep 0.1; done'],
        ...[file, ...words],
      ],
      env,
      clearEnv: true,
    }).spawn();
  const wanted = [
    holder(file, "_supervise", `${test}-a`),
    holder(file, "-x", "_supervise", `${test}-a`, "--workspace", "/w"),
  ];
  const strangers = [
    holder(other, "_supervise", `${test}-a`),
    holder(file, "_supervise", `${test}-ab`),
    holder(file, "_supervise", `x ${test}-a`),
    holder(file, "supervise", `${test}-a`),
    holder(file, `_supervise ${test}-a`),
  ];
  const all = [...wanted, ...strangers];
  try {
    await until("all have the file open", async () => {
      const links = await Promise.all(
        all.map(({ pid }) =>
          Deno.readLink(`/proc/${pid}/fd/9`).catch(() => "")
        ),
      );
      return Deno.build.os !== "linux" || links.every((link) => link !== "");
    });
    const kill = () =>
      killHolders(
        { command: "_supervise", argument: `${test}-a`, file },
        env,
      );
    assertEquals(await kill(), 2);
    for (const { pid } of wanted) {
      await until(`process ${pid} is gone`, async () => !await isAlive(pid));
    }
    for (const { pid } of strangers) assertEquals(await isAlive(pid), true);
    // Nobody is there any more, which is not an error.
    assertEquals(await kill(), 0);
  } finally {
    await Promise.all(all.map(endChild));
  }
});

Deno.test("markedCpuSeconds() counts what the marked processes have used", async () => {
  assertEquals(await markedCpuSeconds(mark("d"), env), 0);
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", "while :; do :; done"],
    env: { ...env, AGENTCTL_TEST: `${test}-d` },
    clearEnv: true,
  }).spawn();
  try {
    await until(
      "the marked process has used 20 ms",
      async (see) => see(await markedCpuSeconds(mark("d"), env)) >= 0.02,
    );
  } finally {
    await endChild(child);
  }
});

/** `ps -E` of macOS, which prints the environment after the arguments, here of processes of these tests; the rest is left to the system's own. */
const PS_OF_MACOS = `#!/bin/sh
if [ "$1" != -axEww ]; then PATH=/usr/bin:/bin exec ps "$@"; fi
for environ in $(grep -lsa AGENTCTL_TEST= /proc/[0-9]*/environ); do
  process=\${environ%/environ}
  words=$(cat "$process/cmdline" "$process/environ" 2>/dev/null | tr '\\0' ' ')
  printf '%5d %s\\n' "\${process#/proc/}" "$words"
done
`;

Deno.test({
  name:
    "marked processes and their children are found where there is no /proc, by what ps of macOS prints (simulated)",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const ps = join(folder.path, "ps");
    await Deno.writeTextFile(ps, PS_OF_MACOS, { mode: 0o755 });
    const marked = await hidingProcess(folder.path, mark("e"));
    const other = await hidingProcess(folder.path, mark("ef"));
    const { stdout } = await new Deno.Command("/bin/sh", {
      args: ["-c", FIND.replaceAll("/proc/", "/no-proc/") + "find_marked"],
      env: {
        PATH: `${folder.path}:${env.PATH}`,
        LC_ALL: "C",
        AGENTCTL_MARK: mark("e"),
      },
      clearEnv: true,
    }).output();
    const found = new TextDecoder().decode(stdout).trim().split("\n")
      .map((line) => line.split(" "));
    const pids = found.map(([pid]) => Number(pid));
    assert(pids.includes(marked), JSON.stringify(found));
    assert(!pids.includes(other));
    // Its `sleep`, perhaps, and nothing else.
    assert(pids.length <= 2, JSON.stringify(found));
    assert(found.every(([, cpu = ""]) => /^[\d:.-]+$/.test(cpu)));
    await endMarkedProcesses(mark("e"), env);
    await endMarkedProcesses(mark("ef"), env);
  },
});

Deno.test("descendantsOf() names what a process has started and what that does, where there is no /proc too, and ends all of it", async () => {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", "sleep 300 & sh -c 'sleep 301; true' & wait"],
    env,
    clearEnv: true,
  }).spawn();
  try {
    const all = await until("three processes have begun", async (see) => {
      const found = see(await descendantsOf(child.pid, env));
      return found.filter(({ command }) => command.includes("sleep"))
            .length === 3 && found;
    });
    assertEquals(all.map(({ command }) => command).sort(), [
      "sh -c sleep 301; true",
      "sleep 300",
      "sleep 301",
    ]);
    const { stdout } = await new Deno.Command("/bin/sh", {
      args: ["-c", (FIND + DESCENDANTS).replaceAll("/proc/", "/no-proc/")],
      env: { ...env, LC_ALL: "C", AGENTCTL_ROOT: String(child.pid) },
      clearEnv: true,
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    for (const { pid, parent, command } of all) {
      const isTold = lines.some((line) =>
        line.startsWith(`${pid} ${parent} `) && line.includes(` 0 ${command}`)
      );
      assert(isTold, lines.join("\n"));
    }
    await descendantsOf(child.pid, env, { end: true });
    // It waits for them alone.
    await child.status;
    assertEquals(await descendantsOf(child.pid, env), []);
  } finally {
    await endChild(child);
  }
});

Deno.test("parseCpuTime() reads what ps prints", () => {
  assertEquals(parseCpuTime("1.25"), 1.25);
  assertEquals(parseCpuTime("0:01.50"), 1.5);
  assertEquals(parseCpuTime("01:02:03"), 3723);
  assertEquals(parseCpuTime("2-01:00:00"), 176_400);
  assertEquals(parseCpuTime(""), 0);
  assertEquals(parseCpuTime("soon"), 0);
});

/** A process with a variable in its environment, away from any terminal and parent, that minds no signal. It ends with its folder. */
async function hidingProcess(folder: string, mark: string): Promise<number> {
  const file = join(folder, `pid-${mark}`);
  const script =
    `trap '' TERM HUP INT; echo $$ > "$1.new"; mv "$1.new" "$1"; while [ -e "$1" ]; do sleep 0.1; done`;
  const away = Deno.build.os === "linux" ? "setsid" : "nohup";
  await new Deno.Command("/bin/sh", {
    args: [
      ...["-c", `env ${mark} ${away} sh -c "$1" sh "$2" >/dev/null 2>&1 &`],
      ...["sh", script, file],
    ],
    env,
    clearEnv: true,
  }).output();
  const pid = await readPid(file);
  assert(await isAlive(pid));
  return pid;
}

async function readPid(file: string): Promise<number> {
  return Number(
    await until(
      `"${file}" names a process`,
      () => Deno.readTextFile(file).catch(() => ""),
    ),
  );
}

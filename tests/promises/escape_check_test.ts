import { assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { dirname, join } from "@std/path";
import { preToolUse } from "../../src/claude/hooks/pre_tool_use.ts";
import { type AttackStage, makeAttackStage } from "./attack_stage.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

/** A way from what a worker may write to what a check runs. */
interface Way {
  name: string;
  /** What the worker writes, in its folder. */
  files: (evil: string) => Record<string, string>;
  /** The part of the check that comes to it. */
  command: string;
}

/** Each runs `sh evil.sh NAME`. */
const WAYS: Way[] = [
  {
    name: "script",
    files: (evil) => ({ "check.sh": evil }),
    command: "sh check.sh",
  },
  {
    name: "make",
    files: (evil) => ({ Makefile: `test:\n\t${evil}\n` }),
    command: "make -s test",
  },
  {
    name: "package",
    files: (evil) => ({
      "package.json": JSON.stringify({ scripts: { test: evil } }),
    }),
    command: "npm test --silent",
  },
  {
    name: "npmrc",
    files: (evil) => ({
      "p/package.json": '{"scripts":{"test":"true"}}',
      "p/.npmrc": "script-shell=./shell\n",
      "p/shell": `#!/bin/sh\ncd .. && ${evil}\n`,
    }),
    command: "chmod +x p/shell; (cd p && npm test --silent)",
  },
  {
    name: "node-test",
    files: (evil) => ({
      "a.test.js": `require("child_process").execSync("${evil}")`,
    }),
    command: "node --test a.test.js",
  },
  {
    name: "python",
    files: (evil) => ({
      "sitecustomize.py": `import os\nos.system("${evil}")\n`,
    }),
    command: "PYTHONPATH=. python3 -c 0",
  },
  {
    name: "path",
    files: (evil) => ({ "bin/ls": `#!/bin/sh\n${evil}\n` }),
    command: "chmod +x bin/*; ls",
  },
];

/** Programs that work around a check, not in it. */
const AROUND =
  "node env awk find sort cat unshare setpriv ip mount umount sh chmod";

/** What a check may try once it runs what the worker wrote; it knows the address of a server and the path of a socket. */
const DEEDS: Record<string, string> = {
  "state": 'echo attack > "$HOME/.ai-orch/owned"',
  "settings":
    'mkdir -p "$HOME/.claude" && echo attack > "$HOME/.claude/settings.json"',
  "planted-settings":
    "mkdir -p .claude && echo attack > .claude/settings.local.json",
  "planted-mcp": "rmdir .mcp.json; echo attack > .mcp.json",
  "codex": 'echo attack > "$CODEX_HOME/planted.config.toml"',
  "shell": 'echo attack >> "$HOME/.profile"',
  "hooks": "echo attack > .git/hooks/post-checkout",
  "bare-git-folder": 'echo attack >> "$PWD/.git/config"',
  "tmux": 'tmux -S "$TMUX_OF_TEST" run-shell true',
  "tmux-moved": 'mv "$TMUX_OF_TEST" "$TMUX_OF_TEST.x"',
  "socket":
    `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => $ENV{HOME} . "/.ssh/linked") or exit 1'`,
  "deep-socket":
    `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => $ENV{HOME} . "/.a/b c/1 2/d/e") or exit 1'`,
  "listening":
    `perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ENV{PORT_OF_TEST}") or exit 1'`,
  "namespaces":
    'unshare -Urm sh -c "mount -t tmpfs tmpfs /mnt && umount $HOME/.npm" && echo attack > "$HOME/.npm/owned"',
  "init": 'echo attack > "/proc/1/root$HOME/.profile.d"',
};

/** Nobody gets through by these, confined or not. */
const NOBODYS = ["namespaces", "init"];

/** Writes files by a script for a worker. */
function writing(files: Record<string, string>): string {
  return Object.entries(files).map(([name, text], index) =>
    `mkdir -p "${
      dirname(name)
    }" && cat > "${name}" <<'END${index}'\n${text}\nEND${index}`
  ).join("\n");
}

/** The worker writes what the check will run; returns what of it got through. */
async function tryCheck(
  { stage, attack }: AttackStage,
  port: number,
  words: string[],
) {
  const { home } = stage.scratch;
  const evil = Object.entries(DEEDS).map(([name, script]) =>
    `( ${script} ) >/dev/null 2>&1 && echo ${name} >> deeds`
  );
  const socket = join(
    stage.env["TMUX_TMPDIR"] ?? "",
    `tmux-${Deno.uid()}`,
    "default",
  );
  const files: Record<string, string> = {
    "evil.sh": [
      // Once for each way.
      'echo "$1" >> ways; echo "$1" > "$HOME/by-$1" || true',
      "[ ! -e deeds ] || exit 0",
      ": > deeds",
      `export TMUX_OF_TEST='${socket}' PORT_OF_TEST=${port}`,
      ...evil,
      `mkdir -p "$HOME/.npm" "$HOME/.cache/go-build"`,
      `echo attack > "$HOME/.npm/owned"; echo attack > "$HOME/.cache/go-build/owned"`,
      "setsid env -i sleep 98761 >/dev/null 2>&1 </dev/null &",
      "exit 0",
    ].join("\n"),
  };
  for (const { name, files: own } of WAYS) {
    Object.assign(files, own(`sh evil.sh ${name}`));
  }
  for (const name of AROUND.split(" ")) {
    files[`bin/${name}`] =
      `#!/bin/sh\necho ${name} >> "${home}/around" 2>/dev/null\nPATH=/usr/sbin:/usr/bin:/sbin:/bin exec ${name} "$@"`;
  }
  const { record } = await attack([{
    name: "writes",
    script: `(${writing(files)}\nchmod +x bin/*)`,
  }], {
    words: [
      "--verify",
      WAYS.map(({ command }) => command).join("; "),
      ...words,
    ],
  });
  const lines = async (path: string) =>
    (await Deno.readTextFile(path).catch(() => "")).split("\n")
      .filter((line) => line !== "").sort();
  const folder = stage.repository.dir;
  return {
    record,
    ways: [...new Set(await lines(join(folder, "ways")))],
    deeds: await lines(join(folder, "deeds")),
    around: await lines(join(home, "around")),
    traces: (await Array.fromAsync(Deno.readDir(home)))
      .map(({ name }) => name).filter((name) => name.startsWith("by-")).sort(),
    caches: [
      await exists(join(home, ".npm/owned")),
      await exists(join(home, ".cache/go-build/owned")),
    ],
    left: await countProcesses("98761"),
  };
}

/** Whether the hook asks before a model starts a run with these options. */
async function asks(
  { repository, env }: AttackStage["stage"],
  options: string,
): Promise<boolean> {
  const json = await preToolUse(
    JSON.stringify({
      cwd: repository.dir,
      tool_name: "Bash",
      tool_input: { command: `agentctl start -p x ${options}` },
    }),
    env,
  );
  return JSON.parse(json ?? "").hookSpecificOutput.permissionDecision === "ask";
}

/** How many processes have that argument; ends them. */
async function countProcesses(argument: string): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      `for p in $(grep -lszx "[${argument[0]}]${
        argument.slice(1)
      }" /proc/[0-9]*/cmdline | cut -d/ -f3); do [ "$p" = $$ ] || { echo $p; kill -9 $p; }; done`,
    ],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean).length;
}

Deno.test("whatever of a check its worker has written gets nowhere, in no way, unless the check is taken out of its confinement", async () => {
  // Not in the temporary folder, where any worker may write.
  await using outOfReach = await temporaryFolder(OUT_OF_REACH);
  const dir = outOfReach.path;
  await using attacked = await makeAttackStage({ dir });
  const { stage } = attacked;
  const { home } = stage.scratch;
  for (const name of [".npm", ".cache/go-build", ".ssh", ".a/b c/1 2/d"]) {
    await Deno.mkdir(join(home, name), { recursive: true });
  }
  // As ssh does: the kernel knows the socket by a name that is gone.
  using _socket = Deno.listen({
    transport: "unix",
    path: join(home, ".ssh/bound"),
  });
  await Deno.link(join(home, ".ssh/bound"), join(home, ".ssh/linked"));
  await Deno.remove(join(home, ".ssh/bound"));
  using _deepSocket = Deno.listen({
    transport: "unix",
    path: join(home, ".a/b c/1 2/d/e"),
  });
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (server.addr as Deno.NetAddr).port;
  const path = stage.env["PATH"];
  stage.env["PATH"] = `${join(stage.repository.dir, "bin")}:bin:${path}`;

  const all = WAYS.map(({ name }) => name).sort();
  const held = await tryCheck(attacked, port, []);
  const { record } = held;
  assertEquals(
    [record["verify_confined"], record["verified"]],
    [true, true],
    JSON.stringify(record, null, 2),
  );
  // What it runs, it runs; and nothing comes of it.
  assertEquals({ ...held, record: null }, {
    record: null,
    ways: all,
    deeds: [],
    around: [],
    traces: [],
    caches: [false, false],
    left: 0,
  });

  for (const name of ["ways", "deeds"]) {
    await Deno.remove(join(stage.repository.dir, name));
  }
  const control = await tryCheck(attacked, port, ["--verify-unconfined"]);
  assertEquals(control.record["verify_confined"], false);
  assertEquals(control.traces, all.map((name) => `by-${name}`));
  assertEquals(
    control.deeds,
    Object.keys(DEEDS).filter((name) => !NOBODYS.includes(name)).sort(),
  );
  assertEquals(control.caches, [true, true]);
  assertEquals(control.left, 1);
});

Deno.test("a check that its confinement keeps from its work is neither passed nor failed, and nobody tries it again; one that fails has failed", async () => {
  await using attacked = await makeAttackStage();
  const outcome = async (command: string, ...words: string[]) => {
    const { record } = await attacked.attack([], {
      words: ["--verify", command, ...words],
    });
    const failure = record["failure"] as { class: string } | null;
    return [
      record["verified"],
      record["goal_met"],
      failure?.class ?? null,
      record["next_run_id"],
    ];
  };
  assertEquals(
    await outcome("echo x > /usr/of-a-check", "--retry=2", "--escalate=deep"),
    [null, null, "check_confined", null],
  );
  assertEquals(
    await outcome("echo Read-only file system; exit 1"),
    [false, false, null, null],
  );

  const { stage } = attacked;
  const added = async (command: string) => {
    const { code, stderr } = await stage.agentctl([
      ...["add-project", "shop", stage.repository.dir, "--verify", command],
    ]);
    assertEquals(code, 0);
    return stderr;
  };
  assertStringIncludes(await added("test -f greeting.txt"), "check passes in");
  assertStringIncludes(await added("exit 3"), "currently fails (exit code 3)");
  assertStringIncludes(
    await added("echo x > /usr/of-a-check"),
    'needs to write "/usr/of-a-check"; add --verify-unconfined',
  );

  // A model may give one that is confined.
  assertEquals(await asks(stage, "--verify 'sh other.sh'"), false);
  assertEquals(
    await asks(stage, "--verify 'sh other.sh' --sandbox read-only"),
    false,
  );
  assertEquals(await asks(stage, "--verify-unconfined"), true);
  assertEquals(
    await asks(stage, "--verify 'sh other.sh' --verify-unconfined"),
    true,
  );
});

Deno.test("with a Codex that cannot confine a check, it runs, and the record says so", async () => {
  await using attacked = await makeAttackStage({ unguarded: true });
  const { record } = await attacked.attack([], {
    words: ["--verify", "test -f greeting.txt"],
  });
  assertEquals(
    [record["verify_confined"], record["verified"]],
    [false, true],
  );
  assertEquals(await asks(attacked.stage, "--verify 'sh other.sh'"), true);
  const added = await attacked.stage.agentctl([
    ...["add-project", "shop", attacked.stage.repository.dir],
    ...["--verify", "true"],
  ]);
  assertStringIncludes(added.stderr, "it will run as you");
});

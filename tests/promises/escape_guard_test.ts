import { assertEquals, assertStringIncludes } from "@std/assert";
import { emptyDir, exists } from "@std/fs";
import { dirname, join } from "@std/path";
import { applyPatch, callShell } from "../support/model_server.ts";
import { type Attack, makeAttackStage } from "./attack_stage.ts";

const SETTINGS = '{"hooks":{}}';

/** Moves a folder away, after which another could be made in its place, and back at once: we are in it ourselves. */
function moveAndBack(folder: string): string {
  const program =
    '$p = abs_path(shift); rename($p, "$p.away") or exit 1; rename("$p.away", $p) or exit 2';
  return `perl -MCwd=abs_path -e '${program}' ${folder}`;
}

/** What a worker may try against paths that are not there yet. */
const PLANT: Attack[] = [
  {
    name: "settings",
    script: "mkdir -p .claude && echo attack > .claude/settings.json",
  },
  {
    name: "local-settings",
    script: "mkdir -p .claude && echo attack > .claude/settings.local.json",
  },
  { name: "mcp", script: "echo attack > .mcp.json" },
  {
    name: "workspace",
    script: "mkdir -p .ai-orch && echo attack > .ai-orch/config.jsonc",
  },
  {
    name: "link",
    script:
      "rm -rf .claude && mkdir -p decoy && ln -s decoy .claude && rm .claude",
  },
  {
    name: "moved",
    script: "mkdir -p decoy && rm -rf .mcp.json && mv decoy .mcp.json",
  },
  { name: "folder-moved", script: moveAndBack('"$PWD/.."') },
  {
    name: "home-settings",
    script: "mkdir -p ~/.claude && echo attack > ~/.claude/settings.json",
  },
  {
    name: "home-workspace",
    script: "echo attack > ~/.ai-orch/planted",
  },
  { name: "home-moved", script: moveAndBack("~") },
  { name: "home-part-moved", script: moveAndBack("~/.ai-orch") },
  {
    name: "codex-config",
    script: 'cp "$CODEX_HOME/config.toml" c && cp c "$CODEX_HOME/config.toml"',
  },
  {
    name: "codex-profile",
    script: 'echo attack > "$CODEX_HOME/planted.config.toml"',
  },
  { name: "codex-moved", script: moveAndBack('"$CODEX_HOME"') },
];

/** What it may try against what is there: its own way, by a link, by another name of the file. */
const CHANGE: Attack[] = [
  { name: "write", script: "echo attack >> .claude/settings.json" },
  { name: "add", script: "echo attack > .claude/agents.md" },
  { name: "replace", script: "cp .mcp.json m && mv m .mcp.json" },
  {
    name: "hard-link",
    script: "ln .claude/settings.json name && echo attack >> name",
  },
  {
    name: "symbolic-link",
    script: "ln -s .claude/settings.json way && echo attack >> way",
  },
  { name: "mode", script: "chmod 777 .claude" },
  {
    name: "exchange",
    script:
      "cp -r .claude copy && mv .claude old && mv copy .claude && rm -rf old",
  },
  { name: "remove", script: "rm -rf .claude && test ! -e .claude" },
];

/** Nobody gets through by these, guarded or not. */
const NAMESPACES: Attack[] = [
  {
    name: "unmount",
    script: "unshare -Urm sh -c 'umount .claude && mkdir -p .claude/x'",
  },
  {
    name: "bind",
    script:
      "mkdir -p decoy && unshare -Urm sh -c 'mount --bind decoy .claude' && echo attack > .claude/x",
  },
  {
    name: "root-of-init",
    script: 'echo attack > "/proc/1/root$PWD/.claude/x"',
  },
];

/** Two commands at once: the first one ends while the second still runs. */
const OVERLAPPING = callShell("sleep 2", { yieldMs: 250 });

async function writeFiles(
  dir: string,
  files: Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(dir, name)), { recursive: true });
    await Deno.writeTextFile(join(dir, name), text);
  }
}

const names = (attacks: readonly Attack[]) =>
  attacks.map(({ name }) => name).sort();

Deno.test("a worker cannot plant what other programs obey, in its folder or in the home folder, nor by two commands at once", async () => {
  await using guarded = await makeAttackStage();
  const { stage, attack } = guarded;
  const { record, through } = await attack(
    [
      { name: "waited", script: "sleep 5" },
      ...PLANT,
      ...NAMESPACES,
      { name: "own-folder", script: "echo work > work.txt" },
      {
        name: "temporary",
        script: "echo work > /tmp/agentctl-test-$$ && rm /tmp/agentctl-test-$$",
      },
    ],
    {
      before: [
        applyPatch(
          `*** Begin Patch\n*** Add File: .claude/patched.json\n+${SETTINGS}\n*** End Patch\n`,
        ),
        OVERLAPPING,
      ],
    },
  );
  assertEquals(
    through,
    ["own-folder", "temporary", "waited"],
    JSON.stringify(record, null, 2),
  );
  const guard = record["guard"] as { read_only: string[]; hidden: string[] };
  for (
    const path of [
      ...[".ai-orch", ".claude", ".mcp.json"].map((name) =>
        join(stage.repository.dir, name)
      ),
      join(stage.scratch.home, ".ai-orch"),
      join(stage.scratch.home, ".claude"),
      stage.env["CODEX_HOME"] ?? "",
    ]
  ) assertEquals(guard.read_only.includes(path), true, path);
  // Nothing of the guard stays, and nothing of it is taken for the worker's.
  for (const name of [".ai-orch", ".claude", ".mcp.json"]) {
    assertEquals(await exists(join(stage.repository.dir, name)), false, name);
  }
  assertEquals(await exists(join(stage.scratch.home, ".claude")), false);
  const words = JSON.stringify(guarded.server.requests[0]?.body["input"]);
  assertStringIncludes(words, "--allow-protected");
});

Deno.test("a worker cannot change what other programs obey where it exists", async () => {
  await using guarded = await makeAttackStage();
  const { stage, attack } = guarded;
  await writeFiles(stage.repository.dir, {
    ".claude/settings.json": SETTINGS,
    ".mcp.json": "{}",
  });
  const { record, through } = await attack([...CHANGE, ...NAMESPACES]);
  assertEquals(through, [], JSON.stringify(record, null, 2));
  assertEquals(
    await Deno.readTextFile(
      join(stage.repository.dir, ".claude/settings.json"),
    ),
    SETTINGS,
  );
});

Deno.test("with a Codex that cannot guard, the same attacks work, and the record tells what they wrote", async () => {
  await using unguarded = await makeAttackStage({ unguarded: true });
  const { stage, attack, attackAlone } = unguarded;
  const isAtHome = ({ name }: Attack) => /^(home|codex)-/.test(name);
  const here = PLANT.filter((attack) => !isAtHome(attack));
  const planted = await attack(here);
  assertEquals(planted.through, names(here));
  // Where it could write the home folder, it does, and so agentctl does not start it.
  const atHome = PLANT.filter(isAtHome);
  await Deno.mkdir(stage.workspace);
  assertEquals(await attackAlone(atHome), names(atHome));
  assertEquals(planted.record["guard"], false);
  for (const name of [".claude", ".mcp.json", ".ai-orch"]) {
    await emptyDir(join(stage.repository.dir, name));
    await Deno.remove(join(stage.repository.dir, name));
  }
  await writeFiles(stage.repository.dir, {
    ".claude/settings.json": SETTINGS,
    ".mcp.json": "{}",
  });
  const changed = await attack(CHANGE);
  assertEquals(changed.through, names(CHANGE));
  assertStringIncludes(
    String(changed.record["warnings"]),
    "Changed without a guard, and other programs may obey it: .claude/",
  );
});

/** With the network, sockets can be reached as well: tmux runs whatever it is told. */
function tmuxAttacks(socket: string): Attack[] {
  const tmux = `tmux -S "${socket}"`;
  return [
    { name: "run-shell", script: `${tmux} run-shell "touch '$PWD/ran'"` },
    { name: "list", script: `${tmux} list-sessions` },
    { name: "socket-moved", script: moveAndBack(`"${socket}"`) },
    { name: "folder-moved", script: moveAndBack(`"${dirname(socket)}"`) },
    {
      name: "folders-moved",
      script: moveAndBack(`"${dirname(dirname(socket))}"`),
    },
  ];
}

/** Services that act with the user's rights for whoever connects, and those that do not. */
async function listenAt(paths: string[]): Promise<Disposable> {
  const stack = new DisposableStack();
  for (const path of paths) {
    await Deno.mkdir(dirname(path), { recursive: true });
    stack.use(Deno.listen({ transport: "unix", path }));
  }
  return stack;
}

const CONNECT =
  `node -e 'require("net").connect(process.argv[1]).on("connect", () => process.exit(0)).on("error", () => process.exit(1))'`;

Deno.test("a worker whose profile gives it the network does not reach what acts with the user's rights", async () => {
  await using attacked = await makeAttackStage();
  const { stage, attack } = attacked;
  const at = (name: string) => join(stage.scratch.dir, "s", name);
  await Deno.writeTextFile(
    join(stage.env["CODEX_HOME"] ?? "", "online.config.toml"),
    NETWORK_PROFILE,
  );
  const sockets = {
    agent: at("ssh/agent"),
    bus: at("run/bus"),
    docker: at("docker"),
    gpg: join(stage.scratch.home, ".gnupg/S.gpg-agent"),
    // A service of the user's own, which the network is for.
    database: at("db/sql"),
  };
  using _listeners = await listenAt(Object.values(sockets));
  stage.env["SSH_AUTH_SOCK"] = sockets.agent;
  stage.env["XDG_RUNTIME_DIR"] = dirname(sockets.bus);
  stage.env["DOCKER_HOST"] = `unix://${sockets.docker}`;
  const attacks = Object.entries(sockets).map(([name, path]) => ({
    name,
    script: `${CONNECT} "${path}"`,
  }));
  const online = { words: ["--profile", "online"] };
  assertEquals((await attack(attacks, online)).through, ["database"]);
  // Whoever passes the agent on to workers means it.
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    '{ "env_passthrough": ["SSH_AUTH_SOCK"] }',
  );
  assertEquals((await attack(attacks, online)).through, ["agent", "database"]);
  // As a control, without the guard: all of them can be reached.
  const free = { words: ["--sandbox", "danger-full-access"] };
  assertEquals((await attack(attacks, free)).through, names(attacks));
});

const NETWORK_PROFILE = "[sandbox_workspace_write]\nnetwork_access = true\n";

for (const unguarded of [false, true]) {
  Deno.test(
    `a worker whose profile gives it the network ${
      unguarded
        ? "reaches tmux with a Codex that cannot guard"
        : "does not reach tmux"
    }`,
    async () => {
      await using attacked = await makeAttackStage({ unguarded });
      const { stage, attack } = attacked;
      await Deno.writeTextFile(
        join(stage.env["CODEX_HOME"] ?? "", "online.config.toml"),
        NETWORK_PROFILE,
      );
      const attacks = tmuxAttacks(
        join(stage.env["TMUX_TMPDIR"] ?? "", `tmux-${Deno.uid()}`, "default"),
      );
      const { record, through } = await attack(attacks, {
        words: ["--profile", "online"],
      });
      assertEquals(
        through,
        unguarded ? names(attacks) : [],
        JSON.stringify(record, null, 2),
      );
    },
  );
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { approveBytes, forgetApproval } from "../../src/workspace/approvals.ts";
import {
  type Config,
  configKeys,
  DEFAULT_CONFIG,
  WITHOUT_APPROVAL,
} from "../../src/workspace/config.ts";
import { readSettings } from "../../src/workspace/settings.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A home with its workspace, and a project with one. */
async function makeSite() {
  const folder = await temporaryFolder();
  const home = join(folder.path, "home");
  const own = join(home, ".ai-orch");
  const root = join(folder.path, "project", ".ai-orch");
  for (const path of [own, root]) await Deno.mkdir(path, { recursive: true });
  const env = { HOME: home };
  const config = join(root, "config.jsonc");
  return {
    env,
    home,
    own,
    root,
    config,
    write: (value: unknown, path = config) =>
      Deno.writeTextFile(path, JSON.stringify(value)),
    read: (path = root) => readSettings(path, env),
    approve: async () =>
      await approveBytes(env, config, await Deno.readFile(config)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A value of each key that is not the default, and what is left of it without approval. */
const STATED: { [Key in keyof Config]: [Config[Key], Config[Key]] } = {
  tmux_session: ["evil", "ai"],
  tmux_socket: ["/tmp/evil.sock", null],
  tmux_notify_target: ["%1", null],
  tmux_sendkeys_target: ["%1", null],
  notify_desktop: [true, false],
  on_finish: ["touch evil", null],
  default_profile: ["evil", null],
  default_sandbox: ["danger-full-access", "workspace-write"],
  default_timeout: ["1ms", "1m"],
  default_idle_timeout: [null, "30m"],
  worktree_folder: ["/tmp/evil", null],
  protected_paths: [["docs"], [".ai-orch", ".claude", ".mcp.json", "docs"]],
  mcp: [["all"], null],
  transport: ["app-server", "auto"],
  account_ceiling: ["1%", "50%"],
  env_passthrough: [["SECRET"], []],
  max_parallel: [1000, 10],
  max_parallel_by_profile: [{ deep: 1000, spark: 1 }, { deep: 10, spark: 1 }],
  escalate: [{ spark: ["evil"] }, {}],
  allow_unasked: [["command:merge"], []],
  max_attempts: [100, 5],
  keep_runs: [1, 1000],
};

Deno.test("readSettings() takes every key from the home folder, and from a file that was approved", async () => {
  await using site = await makeSite();
  const stated = Object.fromEntries(
    Object.entries(STATED).map(([key, [value]]) => [key, value]),
  );
  await site.write(stated, join(site.own, "config.jsonc"));
  assertEquals<unknown>(await site.read(site.own), {
    config: stated,
    remarks: [],
  });
  await site.write(stated);
  await site.approve();
  assertEquals<unknown>(await site.read(), { config: stated, remarks: [] });
});

Deno.test("readSettings() takes of a file that nobody approved what cannot act, each key within its limit", async () => {
  await using site = await makeSite();
  for (const key of configKeys()) {
    const [value, left] = STATED[key];
    await site.write({ [key]: value });
    const { config, remarks } = await site.read();
    assertEquals<unknown>(config, { ...DEFAULT_CONFIG, [key]: left }, key);
    assertEquals(remarks, [
      `Ignored ${key} of "${site.config}": not approved; look at it and run "agentctl trust ${
        dirname(site.root)
      }"`,
    ]);
  }
  const harmless: Partial<Config> = {
    default_sandbox: "read-only",
    default_timeout: "45m",
    default_idle_timeout: 600,
    protected_paths: [...DEFAULT_CONFIG.protected_paths, "docs"],
    mcp: [],
    transport: "exec",
    account_ceiling: "90%",
    max_parallel: 2,
    max_parallel_by_profile: { deep: 3 },
    max_attempts: 1,
    keep_runs: null,
  };
  const limited = configKeys().filter((key) =>
    WITHOUT_APPROVAL[key] !== "acts"
  );
  assertEquals(Object.keys(harmless).toSorted(), limited.toSorted());
  await site.write(harmless);
  assertEquals(await site.read(), {
    config: { ...DEFAULT_CONFIG, ...harmless },
    remarks: [],
  });
  // Nor could a path.
  await site.write({
    protected_paths: [
      "docs",
      "docs, and obey me",
      ...Array(50).keys().map(String),
    ],
  });
  assertEquals(
    (await site.read()).config.protected_paths,
    [
      ...DEFAULT_CONFIG.protected_paths,
      "docs",
      ...Array(19).keys().map(String),
    ],
  );
  // A name that is not a profile's could be words for the orchestrator.
  await site.write({ max_parallel_by_profile: { "a\n# Obey": 1, deep: 1 } });
  assertEquals((await site.read()).config.max_parallel_by_profile, { deep: 1 });
  // A word that is not a duration is no reason to fail.
  await site.write({ default_timeout: "soon", default_idle_timeout: "9999d" });
  assertEquals((await site.read()).config, DEFAULT_CONFIG);
});

Deno.test("readSettings() holds an approval to the bytes and to the place of the file", async () => {
  await using site = await makeSite();
  await site.write({ on_finish: "true" });
  await site.approve();
  assertEquals((await site.read()).config.on_finish, "true");
  await site.write({ on_finish: "evil" });
  const { config, remarks } = await site.read();
  assertEquals(config.on_finish, null);
  assert(
    remarks[0]?.includes("it has changed since you approved it"),
    remarks[0],
  );
  // The approved bytes elsewhere are another file.
  const other = join(site.home, "other", ".ai-orch");
  await Deno.mkdir(other, { recursive: true });
  await site.write({ on_finish: "true" }, join(other, "config.jsonc"));
  assertEquals((await site.read(other)).config.on_finish, null);
  // And through a link to its folder it is the same one.
  await site.write({ on_finish: "true" });
  await Deno.symlink(dirname(site.root), join(site.home, "link"));
  const linked = join(site.home, "link", ".ai-orch");
  assertEquals((await site.read(linked)).config.on_finish, "true");
});

Deno.test("readSettings() says what was approved and is gone, however it went", async () => {
  await using site = await makeSite();
  await site.write({ default_sandbox: "read-only", max_attempts: 2 });
  await approveBytes(site.env, site.config, await Deno.readFile(site.config), [
    "default_sandbox",
    "max_attempts",
  ]);
  assertEquals((await site.read()).remarks, []);
  const call = `agentctl trust ${dirname(site.root)}`;
  const gone = (keys: string, remedy = `look at it and run "${call}", or`) => [
    `Gone from "${site.config}" since you approved it: ${keys}; ${remedy} "${call} --untrust"`,
  ];
  await site.write({ max_attempts: 3 });
  assertEquals((await site.read()).remarks, gone("default_sandbox"));
  const all = "default_sandbox, max_attempts";
  await Deno.writeTextFile(site.config, "{}");
  assertEquals((await site.read()).remarks, gone(all));
  await Deno.remove(site.config);
  assertEquals(
    (await site.read()).remarks,
    gone(all, "restore it, or run"),
  );
  await forgetApproval(site.env, site.config);
  assertEquals((await site.read()).remarks, []);
});

Deno.test("readSettings() passes over an odd file that nobody approved, and fails on one of the home folder", async () => {
  await using site = await makeSite();
  const run = async (...argv: string[]) => {
    const [program = "", ...args] = argv;
    const { success } = await new Deno.Command(program, { args }).output();
    assert(success, argv.join(" "));
  };
  const secret = join(site.home, "secret");
  await site.write({ on_finish: "evil" }, secret);
  using listeners = new DisposableStack();
  const listen = (path: string) => Deno.listen({ transport: "unix", path });
  const make: Record<string, (path: string) => Promise<unknown>> = {
    "a named pipe": (path) => run("mkfifo", path),
    "a link": (path) => Deno.symlink(secret, path),
    "a link to a device": (path) => Deno.symlink("/dev/zero", path),
    "a link that leads nowhere": (path) => Deno.symlink("nowhere", path),
    "a socket": (path) => Promise.resolve(listeners.use(listen(path))),
    "a folder": (path) => Deno.mkdir(path),
    "a sparse file of 1 TB": (path) => run("truncate", "-s", "1T", path),
    "broken JSON": (path) => Deno.writeTextFile(path, "{"),
    "very deep JSON": (path) =>
      Deno.writeTextFile(path, `{"escalate":${"[".repeat(200_000)}`),
    "bytes that are no text": (path) =>
      Deno.writeFile(path, crypto.getRandomValues(new Uint8Array(60_000))),
    "an unknown key": (path) => Deno.writeTextFile(path, '{"evil": 1}'),
    "a key of objects": (path) =>
      Deno.writeTextFile(path, '{"__proto__": {"on_finish": "evil"}}'),
    "a wrong value": (path) => Deno.writeTextFile(path, '{"max_parallel": 0}'),
  };
  const own = join(site.own, "config.jsonc");
  for (const [name, place] of Object.entries(make)) {
    await place(site.config);
    const { config, remarks } = await site.read();
    assertEquals(config, DEFAULT_CONFIG, name);
    assertEquals(remarks.length, 1, name);
    assert(remarks[0]?.startsWith(`Ignored "${site.config}": `), remarks[0]);
    await Deno.remove(site.config, { recursive: true });

    await place(own);
    await assertRejects(
      () => site.read(site.own),
      AgentctlError,
      `Cannot read "${own}": `,
    );
    await Deno.remove(own, { recursive: true });
  }
});

Deno.test("readSettings() gives the defaults where there is not a file", async () => {
  await using site = await makeSite();
  const defaults = { config: DEFAULT_CONFIG, remarks: [] };
  assertEquals(await site.read(), defaults);
  assertEquals(await site.read(join(site.root, "none")), defaults);
});

Deno.test("readSettings() reads config.json of the earlier tool, comments and all its keys allowed", async () => {
  await using site = await makeSite();
  await Deno.writeTextFile(
    join(site.own, "config.json"),
    `{ // of the earlier tool
      "tmux_session": "old", "tmux_notify_target": "old:0", "tmux_sendkeys_target": "old:0.1" }`,
  );
  assertEquals((await site.read(site.own)).config, {
    ...DEFAULT_CONFIG,
    tmux_session: "old",
    tmux_notify_target: "old:0",
    tmux_sendkeys_target: "old:0.1",
  });
  await site.write({ tmux_session: "new" }, join(site.own, "config.jsonc"));
  assertEquals((await site.read(site.own)).config.tmux_session, "new");
});

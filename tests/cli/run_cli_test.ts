import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { parseRunId } from "../../src/run/id.ts";
import { writeRecord } from "../../src/run/store.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import { VERSION } from "../../src/system/version.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { PROGRAM_ARGS } from "../support/stage.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { listing, makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { callCli } from "./call_cli.ts";

Deno.test("runCli() suggests a command for one that is mistyped", async () => {
  const output = await callCli(["strat"]);
  assertEquals(output, {
    code: 2,
    stdout: "",
    stderr:
      'Cannot run "strat": there is no such command; did you mean "start" (see agentctl --help)\n',
  });
  for (const argv of [["help", "strat"], ["supervise"], ["--start"], [""]]) {
    assertEquals((await callCli(argv)).code, 2, argv.join(" "));
  }
});

Deno.test("runCli() prints version and target", async () => {
  const stdout = `agentctl ${VERSION} (${Deno.build.target})\n`;
  assertEquals(await callCli(["--version"]), { code: 0, stdout, stderr: "" });
});

Deno.test("runCli() gives each error its exit code and one line, and with --json the same words as JSON", async () => {
  await using folder = await temporaryFolder();
  const env = { HOME: folder.path, PATH: folder.path };
  const cwd = folder.path;
  await makeWorkspace(folder.path);
  const calls: [string[], number, string][] = [
    [["wait"], 2, "usage"],
    [["wait", "a/b"], 2, "usage"],
    [["wait", "@first"], 3, "not_found"],
    [["wait", "nope"], 3, "not_found"],
    [["wait", "nope", "--any", "--all"], 2, "usage"],
    [["wait", "nope", "--timeout", "banana"], 2, "usage"],
    [["stop", "x".repeat(300)], 2, "usage"],
    [["stop", "nope"], 3, "not_found"],
    [["resume"], 2, "usage"],
    [["resume", "a", "--parent-run-id", "b"], 2, "usage"],
    [["resume", "--parent-run-id", "nope"], 3, "not_found"],
    [["start", "two", "words"], 2, "usage"],
    [["start", "--prompt", ""], 2, "usage"],
    [["start", "--prompt", "x", "--prompt-file", "y"], 2, "usage"],
    [["start", "--prompt-file", "nope"], 3, "not_found"],
    [["start", "--prompt", "x", "--timeout", "0"], 2, "usage"],
    // Nothing is on this PATH.
    [["start", "--prompt", "x"], 5, "environment"],
    [["add-project", "x"], 2, "usage"],
    [["add-project", "a b", "."], 2, "usage"],
    [["add-project", "x", "./nope"], 3, "not_found"],
    [["remove-project", "x"], 3, "not_found"],
    [["init", "a", "b"], 2, "usage"],
    [["wait", "x", "--workspace", "./nope"], 3, "not_found"],
  ];
  const before = await listing(folder.path);
  for (const [argv, exitCode, errorCode] of calls) {
    const name = argv.join(" ");
    const plain = await callCli(argv, { cwd, env });
    assertEquals([plain.code, plain.stdout], [exitCode, ""], name);
    assert(/^[A-Z].*[^.\n]\n$/.test(plain.stderr), plain.stderr);
    const json = await callCli([...argv, "--json"], { cwd, env });
    assertEquals([json.code, json.stderr], [exitCode, plain.stderr], name);
    assertEquals(JSON.parse(json.stdout), {
      error: { code: errorCode, message: plain.stderr.trimEnd() },
    });
  }
  const notLock = (line: string) =>
    !/projects\.lock|\.ai-orch \d|cache/.test(line);
  assertEquals(
    (await listing(folder.path)).filter(notLock),
    before.filter(notLock),
  );
});

Deno.test("runCli() lets no control character of the call reach the terminal", async () => {
  const { stderr } = await callCli(["\x1b]0;title\x07wait\n\rnow"]);
  assertEquals(stderr.split("\n").length, 2);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f]/.test(stderr), JSON.stringify(stderr));
});

Deno.test("commands that only look cannot write, and change nothing", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const records = [
    finishedRecord({ run_id: "a" }),
    // Its supervisor is gone, which lookers tell and do not write.
    runningRecord({ run_id: "b" }),
  ];
  for (const record of records) {
    const id = parseRunId(record.run_id);
    await makeRunFolder(workspace, id);
    await writeRecord(workspace, record);
  }
  const before = await listing(folder.path);
  const env = {
    HOME: folder.path,
    PATH: Deno.env.get("PATH") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
  };
  const call = async (...args: string[]) => {
    const output = await new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM_ARGS, ...args],
      cwd: folder.path,
      env: env.DENO_DIR === "" ? { ...env, DENO_DIR: await denoDir() } : env,
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    assertEquals(output.code, 0, decoder.decode(output.stderr));
    return decoder.decode(output.stdout);
  };
  const [listed, projects, prompt] = await Promise.all([
    call("list", "--json"),
    call("projects", "--json"),
    call("prompt", "spark"),
  ]);
  const shown: { run_id: string; status: string }[] = JSON.parse(listed);
  assertEquals(
    Object.fromEntries(shown.map(({ run_id, status }) => [run_id, status])),
    { a: "finished", b: "lost" },
  );
  assertEquals(JSON.parse(projects), []);
  assert(prompt.length > 100);
  assertEquals(await listing(folder.path), before);
});

Deno.test("runCli() drops the permission to write before a command that only looks", async () => {
  const readOnly = [];
  for (const entry of COMMANDS) {
    if ((await entry.load()).readOnly) readOnly.push(entry.name);
  }
  for (const name of ["list", "projects", "prompt", "tail"]) {
    assert(readOnly.includes(name), name);
  }
  await using folder = await temporaryFolder();
  await makeWorkspace(folder.path);
  const printed = await runSource(
    `import { runCli } from ${sourceUrl("src/cli/run_cli.ts")};
     const [cwd] = Deno.args;
     const caller = { cwd, env: { HOME: cwd, PATH: "" } };
     const tryToWrite = () =>
       Deno.writeTextFile(cwd + "/file", "").then(() => "can", (error) => error.name);
     console.log(await tryToWrite());
     await runCli(["projects"], caller, { print() {}, say() {} });
     console.log(await tryToWrite());`,
    { args: [folder.path] },
  );
  assertEquals(printed, "can\nNotCapable\n");
});

Deno.test("list takes a project by its name or folder, also a relative one", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const runs = [["a", "shop", "/src/shop"], ["b", null, folder.path]] as const;
  for (const [run_id, project, cwd] of runs) {
    const id = parseRunId(run_id);
    await makeRunFolder(workspace, id);
    await writeRecord(workspace, finishedRecord({ run_id, project, cwd }));
  }
  const list = await runSource(
    `import { runCli } from ${sourceUrl("src/cli/run_cli.ts")};
     const [cwd] = Deno.args;
     for (const project of ["shop", "/src/shop", ".", cwd, "nope"]) {
       const caller = { cwd, env: { HOME: cwd, PATH: "" } };
       await runCli(["list", "--json", "--project", project], caller, {
         print: (text) => console.log(JSON.parse(text).map((run) => run.run_id).join(",")),
         say() {},
       });
     }`,
    { args: [folder.path] },
  );
  assertEquals(list, "a\na\nb\nb\n\n");
});

Deno.test("runCli() names a damaged config and a damaged list of projects, in every command", async () => {
  await using folder = await temporaryFolder();
  const { root } = await makeWorkspace(folder.path);
  const caller = { cwd: folder.path, env: { HOME: folder.path, PATH: "" } };
  const projects = join(root, "projects.json");
  await Deno.writeTextFile(projects, "{");
  const removed = await callCli(["remove-project", "x"], caller);
  assertEquals(removed.code, 5);
  assertStringIncludes(removed.stderr, projects);
  const config = join(root, "config.jsonc");
  await Deno.writeTextFile(config, '{ "tmux_sesion": "x" }');
  const waited = await callCli(["wait", "x"], caller);
  assertEquals(waited.code, 5);
  assertStringIncludes(waited.stderr, config);
  assertEquals(await Deno.readTextFile(projects), "{");
});

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

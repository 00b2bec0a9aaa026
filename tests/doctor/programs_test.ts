import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { makeStage } from "../support/stage.ts";
import {
  codexScript,
  complaints,
  HANGS,
  makePatient,
  said,
  systemProgram,
} from "./patient.ts";
import { until } from "../support/until.ts";

Deno.test("doctor finds nothing where all is well, and leaves no socket of tmux behind", async () => {
  await using patient = await makePatient();
  const { code, findings, stderr } = await patient.doctor([], {}, {
    ownProcess: true,
  });
  assertEquals(complaints(findings), []);
  assertEquals([code, stderr], [0, "0 problems, 0 warnings\n"]);
  for (const finding of findings) {
    assertEquals(Object.keys(finding), ["check", "state", "message", "remedy"]);
  }
  const groups = [...new Set(findings.map(({ check }) => check.split(".")[0]))];
  assertEquals(groups, [
    ...["tmux", "codex", "git", "claude", "unasked", "workspace", "states"],
    ...["runs", "disk"],
    ...["clock", "watching", "machines"],
  ]);
  const sockets: string[] = [];
  const folder = patient.stage.env["TMUX_TMPDIR"] ?? "";
  for await (const user of Deno.readDir(folder)) {
    for await (const { name } of Deno.readDir(join(folder, user.name))) {
      sockets.push(name);
    }
  }
  assertEquals(sockets, []);
});

Deno.test("doctor draws lines for people", async () => {
  await using patient = await makePatient();
  const { code, stdout } = await patient.stage.agentctl(["doctor"]);
  assertEquals(code, 0);
  assert(/^git +ok +git version \d/m.test(stdout), stdout);
  assert(!stdout.includes("problem"), stdout);
});

Deno.test("doctor names each program that is missing; claude is only a warning", async () => {
  await using patient = await makePatient();
  await patient.only("git");
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertEquals(complaints(findings).length, 1);
  assertStringIncludes(said(findings, "tmux")[0] ?? "", "apt install tmux");

  await Deno.remove(join(patient.stage.scratch.bin, "codex"));
  await Deno.remove(join(patient.stage.scratch.bin, "claude"));
  await patient.only("tmux");
  const second = await patient.doctor();
  assertEquals(second.code, 5);
  assertEquals(
    second.findings.filter(({ state }) => state !== "ok")
      .map(({ check, state }) => [check, state]),
    [["codex", "problem"], ["git", "problem"], ["claude", "warning"]],
  );
  assertStringIncludes(
    said(second.findings, "codex")[0] ?? "",
    "npm install -g @openai/codex",
  );
});

Deno.test("doctor ends with 0 if there are only warnings", async () => {
  await using patient = await makePatient();
  await Deno.remove(join(patient.stage.scratch.bin, "claude"));
  await patient.only("git", "tmux");
  const { code, findings, stderr } = await patient.doctor();
  assertEquals([code, stderr], [0, "0 problems, 1 warning\n"]);
  assertEquals(complaints(findings).length, 1);
});

Deno.test("doctor says of an old tmux and an old git what they lack", async () => {
  await using patient = await makePatient();
  await patient.program("tmux", "echo tmux 3.1c");
  await patient.program("git", "echo git version 2.29.9");
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertStringIncludes(said(findings, "tmux")[0] ?? "", "install tmux 3.2");
  assertStringIncludes(said(findings, "git")[0] ?? "", "install git 2.30");
  assertEquals(said(findings, "git.merge"), []);
  assertEquals(said(findings, "tmux.pane"), []);
});

Deno.test("doctor warns of a git that is new enough for all but merging", async () => {
  await using patient = await makePatient();
  await patient.program("git", "echo git version 2.34.1");
  const { findings } = await patient.doctor();
  assertStringIncludes(said(findings, "git")[0] ?? "", "ok git version 2.34.1");
  assertStringIncludes(said(findings, "git.merge")[0] ?? "", "git 2.38");
});

Deno.test("doctor takes new, lettered and unnumbered versions for good", async () => {
  await using patient = await makePatient();
  const answers = ["tmux 10.0", "tmux next-3.7", "tmux 3.2-rc", "tmux master"];
  for (const answer of answers) {
    await patient.program("tmux", `echo ${answer}`);
    const { findings } = await patient.doctor();
    assertStringIncludes(said(findings, "tmux")[0] ?? "", `ok ${answer}`);
  }
});

Deno.test("doctor quotes a tmux that makes no pane", async () => {
  await using patient = await makePatient();
  await patient.program(
    "tmux",
    '[ "$1" = -V ] && echo tmux 3.3a && exit; echo "no pty left" >&2; exit 1',
  );
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertStringIncludes(said(findings, "tmux.pane")[0] ?? "", '"no pty left"');
  assertStringIncludes(said(findings, "tmux.panes")[0] ?? "", '"no pty left"');
});

Deno.test("doctor ends although a program hangs, and says which", async () => {
  // Side by side, because each takes its time.
  await Promise.all(["codex", "tmux", "git"].map(async (program) => {
    await using patient = await makePatient();
    await patient.program(program, HANGS);
    const { code, findings } = await patient.doctor();
    const [words = ""] = said(findings, program);
    assertMatch(words, RegExp(`${program} did not answer within [\\d.]+ s`));
    // Where everything is slow, nobody can tell that it hangs.
    const isSlow = words.includes("the machine is busy");
    assertEquals(
      [words.split(" ")[0], code],
      isSlow ? ["warning", 0] : ["problem", 5],
    );
    const others = ["tmux", "codex", "git", "runs", "clock"];
    for (const other of others.filter((name) => name !== program)) {
      assert(said(findings, other)[0]?.startsWith("ok"), `${program} ${other}`);
    }
  }));
});

Deno.test("doctor gives programs more time where everything is slow", async () => {
  await using patient = await makePatient();
  for (const program of ["git", "tmux"]) {
    const path = (await systemProgram(program)) ?? "false";
    const pause = '[ "$1" = -V ] || [ "$1" = -c ] && sleep 0.2';
    await patient.program(program, `${pause}; exec ${path} "$@"`);
  }
  await patient.program("codex", codexScript('[ "$1" = login ] && sleep 2'));
  const { findings } = await patient.doctor();
  assertEquals(complaints(findings), []);
});

Deno.test("doctor tries whether workers and checks can be confined", async () => {
  await using patient = await makePatient();
  const guard = async (sandbox: string, expected = 0) => {
    await patient.program(
      "codex",
      codexScript(`[ "$1" = sandbox ] && { ${sandbox}; }`),
    );
    const { code, findings } = await patient.doctor();
    assertEquals(code, expected, String(complaints(findings)));
    return [
      ...said(findings, "codex.guard"),
      ...said(findings, "codex.checks"),
      ...said(findings, "runs.start"),
    ].join("\n");
  };
  const works = await guard("echo guarded; exit");
  assertStringIncludes(works, "ok Workers and checks are guarded");
  assertStringIncludes(works, "ok Checks are confined, with loopback");
  assertMatch(
    await guard("echo 'bwrap: setting up uid map: denied' >&2; exit 1"),
    /^warning Codex's sandbox does not start.* → /,
  );
  // The home folder of a test is where an unguarded worker may write, so start refuses.
  const unguarded = await guard(
    "echo \"unexpected argument '-P'\" >&2; exit 2",
    5,
  );
  assertMatch(
    unguarded,
    /^warning This Codex does not support permission profiles.* → install a newer/,
  );
  assertMatch(unguarded, /^problem Cannot start run: its worker could write/m);
  await patient.program("unshare", "exit 1");
  assertMatch(
    await guard("echo guarded; exit"),
    /warning Checks that listen .*: this machine .* → allow them.*sysctl/s,
  );
});

Deno.test("doctor tells what codex said before it hung", async () => {
  await using patient = await makePatient();
  await patient.program("codex", codexScript(`[ "$1" = login ] && ${HANGS}`));
  const { findings } = await patient.doctor();
  const [first = "", second = ""] = said(findings, "codex");
  assertStringIncludes(first, "ok Codex 0.169.0");
  assertStringIncludes(second, "did not answer");
});

Deno.test("doctor names what a codex lacks or why it does not run", async () => {
  await using patient = await makePatient();
  await patient.program(
    "codex",
    'echo "cannot find native module" >&2; exit 1',
  );
  const broken = await patient.doctor();
  assertEquals(broken.code, 5);
  assertStringIncludes(
    said(broken.findings, "codex")[0] ?? "",
    "cannot find native module",
  );
  const old = '[ "$1 $2" = "exec resume" ] && exit 2';
  await patient.program("codex", codexScript(old));
  const lacking = await patient.doctor();
  assertEquals(lacking.code, 0);
  assertStringIncludes(
    complaints(lacking.findings).join(),
    "has no codex exec resume",
  );
});

Deno.test("doctor tells whether Codex is logged in, by any of its ways", async () => {
  await using patient = await makePatient();
  const out = '[ "$1" = login ] && { echo "Not logged in" >&2; exit 1; }';
  await patient.program("codex", codexScript(out));
  const check = async (env: Record<string, string> = {}) =>
    said((await patient.doctor([], env)).findings, "codex.login")[0] ?? "";
  assertStringIncludes(await check(), "problem Codex is not logged in →");
  assertStringIncludes(await check({ OPENAI_API_KEY: "k" }), "does not count");
  const keyed = await check({ CODEX_API_KEY: "secret-key" });
  assert(keyed.startsWith("ok"), keyed);
  assert(!keyed.includes("secret-key"), keyed);
  await Deno.writeTextFile(
    join(patient.stage.env["CODEX_HOME"] ?? "", "config.toml"),
    'model_provider = "local"\n',
  );
  assertStringIncludes(
    await check(),
    'warning Codex is not logged in, which its provider "local"',
  );
});

Deno.test("doctor finds what Codex refuses in its config and profiles", async () => {
  await using patient = await makePatient();
  const home = patient.stage.env["CODEX_HOME"] ?? "";
  const config = async (text: string) => {
    await Deno.writeTextFile(join(home, "config.toml"), text);
    const { code, findings } = await patient.doctor();
    assertEquals(code, 5, text);
    return findings;
  };
  const legacy = said(
    await config("[profiles.spark]\n"),
    "codex.profile.spark",
  );
  assertStringIncludes(legacy[0] ?? "", "has a [profiles.spark] table");
  assertStringIncludes(
    legacy[0] ?? "",
    '→ let "agentctl doctor --fix" move it',
  );
  const selector = await config('profile = "spark"\n');
  assertStringIncludes(
    said(selector, "codex.config")[0] ?? "",
    "remove that line",
  );
  const damaged = await config("x = [\n");
  assertStringIncludes(
    said(damaged, "codex.config")[0] ?? "",
    "cannot be read",
  );
  await Deno.remove(join(home, "config.toml"));
  await Deno.writeTextFile(join(home, "deep.config.toml"), "x = [\n");
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertStringIncludes(
    said(findings, "codex.profile.deep")[0] ?? "",
    "problem",
  );
  assertEquals(complaints(findings).length, 1);
});

Deno.test("doctor quotes a Codex that refuses its config for a reason of its own", async () => {
  await using patient = await makePatient();
  const refuse =
    '[ "$1" = login ] && { echo "Error loading configuration: bad key x" >&2; exit 1; }';
  await patient.program("codex", codexScript(refuse));
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertStringIncludes(said(findings, "codex.config")[0] ?? "", "bad key x");
});

Deno.test("doctor knows the stand-in for what it is", async () => {
  await using stage = await makeStage();
  const { code, stdout } = await stage.agentctl(["doctor", "--json"]);
  const findings = JSON.parse(stdout);
  assertEquals(code, 0);
  assertStringIncludes(
    said(findings, "codex")[0] ?? "",
    "warning The codex on PATH is the stand-in",
  );
});

Deno.test("doctor understands the real Codex", async () => {
  await using stage = await makeStage({
    modelServer: { url: "http://127.0.0.1:9" },
  });
  const { stdout } = await stage.agentctl(["doctor", "--json"]);
  const findings = JSON.parse(stdout);
  assertStringIncludes(
    said(findings, "codex")[0] ?? "",
    "can do everything that agentctl needs",
  );
  assertStringIncludes(said(findings, "codex.login")[0] ?? "", '"stub"');
  assertStringIncludes(
    said(findings, "codex.transport")[0] ?? "",
    "ok Workers are driven by Codex's app-server",
  );
  for (const name of ["spark", "deep", "review"]) {
    assertStringIncludes(
      said(findings, `codex.profile.${name}`)[0] ?? "",
      "ok",
    );
  }
});

Deno.test("doctor counts panes of ended runs, and warns when they are many", async () => {
  await using patient = await makePatient();
  const tmux = async (...args: string[]) => {
    const output = await new Deno.Command("tmux", {
      args,
      env: patient.stage.env,
      clearEnv: true,
    }).output();
    assert(output.success, new TextDecoder().decode(output.stderr));
  };
  await tmux("new-session", "-d", "-s", "x", "-x", "200", "-y", "200", "cat");
  await tmux("set-option", "-w", "-t", "x", "@agentctl_workspace", "abc");
  await tmux("set-option", "-w", "-t", "x", "remain-on-exit", "on");
  const check = async () =>
    said((await patient.doctor()).findings, "tmux.panes")[0] ?? "";
  assertStringIncludes(await check(), "ok No panes of ended runs");
  for (let count = 0; count < 21; count++) {
    await tmux("split-window", "-t", "x", "-d", "exec cat");
    await tmux("select-layout", "-t", "x", "tiled");
  }
  for (let index = 1; index < 22; index++) {
    await tmux("respawn-pane", "-k", "-t", `x.${index}`, "exit 1 # ended");
  }
  const found = await until(
    "doctor finds 21 panes of ended runs",
    async (see) => {
      const finding = see(await check());
      return finding.includes("21 panes") && finding;
    },
  );
  assertStringIncludes(found, "warning");
});

Deno.test("doctor refuses arguments without --bundle", async () => {
  await using patient = await makePatient();
  const doctor = (...words: string[]) =>
    patient.stage.agentctl(["doctor", ...words]);
  const { code, stderr } = await doctor("tmux");
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'run "tmux" is only for a bundle');
  assertStringIncludes((await doctor("a", "b")).stderr, "at most one run");
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { surveyRuns } from "../../src/doctor/survey_runs.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { complaints, makePatient, type Patient, said } from "./patient.ts";

const LONG_AGO = new Date("2026-01-02T03:04:05Z");

/** One of each fault that --fix mends; returns the names of the checks that should see them. */
async function breakWhatCanBeMended(patient: Patient): Promise<string[]> {
  const { stage, write, record } = patient;
  await record(runningRecord({ run_id: "dead" }));
  await write("runs/dead/env.json", "{}");
  await record(finishedRecord({ run_id: "ended" }));
  await write("runs/ended/env.json", '{"TOKEN":"x"}');
  for (
    const path of [
      ".projects.json.1-0-ab.tmp",
      "runs/ended/.meta.json.1-0-ab.tmp",
      "cache/codex.json.ab.tmp",
    ]
  ) {
    const temporary = await write(path, "half");
    await Deno.utime(temporary, LONG_AGO, LONG_AGO);
  }
  await Deno.chmod(stage.workspace, 0o755);
  await Deno.chmod(stage.runFile("ended", "meta.json"), 0o644);
  const codexHome = stage.env["CODEX_HOME"] ?? "";
  await Deno.remove(join(codexHome, "deep.config.toml"));
  await Deno.writeTextFile(join(codexHome, "spark.config.toml"), "# mine\n");
  return [
    "codex.profile.deep",
    "workspace.modes",
    "workspace.leftovers",
    "runs.environment",
    "runs.unfinished",
  ];
}

Deno.test("doctor sees what is wrong and writes nothing", async () => {
  await using patient = await makePatient();
  const expected = await breakWhatCanBeMended(patient);
  const before = await patient.fingerprint();
  const { code, findings, stderr } = await patient.doctor([], {}, {
    ownProcess: true,
  });
  assertEquals([code, stderr], [5, "2 problems, 3 warnings\n"]);
  assertEquals(
    findings.filter(({ state }) => state !== "ok").map(({ check }) => check),
    expected,
  );
  assertStringIncludes(said(findings, "runs.unfinished")[0] ?? "", '"dead"');
  assertStringIncludes(said(findings, "workspace.modes")[0] ?? "", "(0755)");
  assertStringIncludes(
    said(findings, "workspace.leftovers")[0] ?? "",
    "3 temp",
  );
  for (const { state, remedy } of findings) {
    assertEquals(
      remedy?.includes("agentctl doctor --fix") ?? false,
      state !== "ok",
    );
  }
  assertEquals(await patient.fingerprint(), before);
});

Deno.test("doctor --fix mends what is safe, says so, and finds nothing the second time", async () => {
  await using patient = await makePatient();
  const { stage } = patient;
  await breakWhatCanBeMended(patient);
  const { code, findings, stderr } = await patient.doctor(["--fix"]);
  assertEquals(complaints(findings), []);
  assertEquals(code, 0);
  assertStringIncludes(stderr, 'Wrote profile "deep"');
  assertStringIncludes(stderr, "Repaired the permissions");
  assertStringIncludes(stderr, "Removed 3 temporary files");
  assertStringIncludes(stderr, "Removed the environment files of 1 ended run");
  assertStringIncludes(stderr, "Recorded the end of 1 run: dead");
  assertEquals(stderr.trim().split("\n").length, 6);

  const dead = JSON.parse(
    await Deno.readTextFile(stage.runFile("dead", "meta.json")),
  );
  assertEquals(dead.status, "lost");
  const log = await Deno.readTextFile(join(stage.workspace, "notify.log"));
  assertEquals(log.trim().split("\n").length, 1);
  const paths = Object.keys(await patient.fingerprint());
  assertEquals(paths.filter((path) => /env\.json|\.tmp$/.test(path)), []);
  const codexHome = stage.env["CODEX_HOME"] ?? "";
  assertEquals(
    await Deno.readTextFile(join(codexHome, "spark.config.toml")),
    "# mine\n",
  );
  const mode = (await Deno.stat(stage.workspace)).mode ?? 0;
  assertEquals(mode & 0o777, 0o700);

  const before = await patient.fingerprint();
  const second = await patient.doctor(["--fix"]);
  assertEquals([second.code, complaints(second.findings)], [0, []]);
  assertStringIncludes(second.stderr, "There is nothing to fix");
  const after = await patient.fingerprint();
  // The time of the folder itself changes with the check of the disk's clock.
  const root = Object.keys(before).find((path) => path.endsWith(".ai-orch"));
  assert(root !== undefined);
  assertEquals({ ...after, [root]: "" }, { ...before, [root]: "" });
});

Deno.test("doctor --fix leaves alone what is in use", async () => {
  await using patient = await makePatient();
  await patient.record(startingRecord({
    run_id: "young",
    created_at: new Date().toISOString(),
  }));
  await patient.write("runs/young/env.json", "{}");
  await patient.record(runningRecord({ run_id: "alive" }));
  const fresh = await patient.write(".projects.json.1-0-ab.tmp", "half");
  const path = await patient.write("runs/alive/lock", "");
  using lock = await Deno.open(path, { read: true, write: true });
  await lock.lock(true);
  await Deno.mkdir(patient.stage.runFile("made-just-now", "."), {
    recursive: true,
    mode: 0o700,
  });
  const young = await patient.write("runs/young/lock", "");
  using second = await Deno.open(young, { read: true, write: true });
  await second.lock(true);
  const { findings } = await patient.doctor(["--fix"]);
  assertEquals(complaints(findings), []);
  assertStringIncludes(
    said(findings, "runs.unfinished")[0] ?? "",
    "2 runs in progress",
  );
  assertEquals(await Deno.readTextFile(fresh), "half");
  await Deno.stat(patient.stage.runFile("young", "env.json"));
});

Deno.test("doctor names each damaged record and file, which --fix does not touch", async () => {
  await using patient = await makePatient();
  const { stage, write } = patient;
  await patient.record(finishedRecord({ run_id: "good" }));
  for (const [id, text] of [["cut", "{"], ["list", "[]"], ["empty", ""]]) {
    await write(`runs/${id}/meta.json`, text ?? "");
  }
  await Deno.mkdir(stage.runFile("bare", "."), {
    recursive: true,
    mode: 0o700,
  });
  await Deno.utime(stage.runFile("bare", "."), LONG_AGO, LONG_AGO);
  await write("projects.json", "[]");
  await write("config.jsonc", '{"tmux_sesion": "x"}');
  const before = await patient.fingerprint();
  for (const options of [[], ["--fix"]]) {
    const { code, findings } = await patient.doctor(options);
    assertEquals(code, 5);
    const records = said(findings, "runs");
    assertEquals(records.length, 4);
    for (const id of ["cut", "list", "empty", "bare"]) {
      assert(records.some((text) => text.includes(`run "${id}"`)), id);
    }
    assertStringIncludes(
      said(findings, "workspace.projects")[0] ?? "",
      "projects.json",
    );
    assertStringIncludes(
      said(findings, "workspace.config")[0] ?? "",
      'did you mean "tmux_session"',
    );
    const after = await patient.fingerprint();
    for (const [path, text] of Object.entries(before)) {
      if (!path.endsWith(".ai-orch")) assertEquals(after[path], text, path);
    }
  }
});

Deno.test("doctor counts damaged records beyond the first ten", async () => {
  await using patient = await makePatient();
  for (let number = 0; number < 12; number++) {
    await patient.write(`runs/broken-${number}/meta.json`, "");
  }
  const records = said((await patient.doctor()).findings, "runs");
  assertEquals(records.length, 11);
  assertStringIncludes(records[10] ?? "", "2 more records are damaged");
});

Deno.test("doctor finds projects whose folders are gone", async () => {
  await using patient = await makePatient();
  const folder = join(patient.stage.scratch.dir, "shop");
  await Deno.mkdir(folder);
  await patient.stage.agentctl(["add-project", "shop", folder]);
  const fine = await patient.doctor();
  assertStringIncludes(
    said(fine.findings, "workspace.projects")[0] ?? "",
    "ok 1 project,",
  );
  await Deno.remove(folder);
  const { code, findings } = await patient.doctor();
  assertEquals(code, 0);
  assertStringIncludes(
    said(findings, "workspace.projects")[0] ?? "",
    "remove-project shop",
  );
});

Deno.test("doctor --fix makes a workspace that is missing", async () => {
  await using patient = await makePatient();
  const { workspace } = patient.stage;
  assertEquals(complaints((await patient.doctor()).findings), []);
  await Deno.remove(workspace, { recursive: true });
  const { code, findings } = await patient.doctor();
  assertEquals(code, 0);
  assertEquals(complaints(findings).length, 1);
  assertStringIncludes(complaints(findings)[0] ?? "", "doctor --fix");
  const fixed = await patient.doctor(["--fix"]);
  assertEquals(complaints(fixed.findings), []);
  assertStringIncludes(fixed.stderr, "Made the workspace");
  assert((await Deno.stat(workspace)).isDirectory);
});

Deno.test("doctor says what is wrong with an invalid workspace", async () => {
  await using patient = await makePatient();
  const { scratch } = patient.stage;
  const unknown = await patient.doctor([
    "--workspace",
    join(scratch.dir, "none"),
  ]);
  assertEquals(unknown.code, 5);
  assertStringIncludes(
    said(unknown.findings, "workspace")[0] ?? "",
    "Cannot find workspace",
  );
  const file = join(scratch.dir, "file");
  await Deno.writeTextFile(file, "x");
  const wrong = await patient.doctor(["--fix"], { AI_ORCH_HOME: file });
  assertEquals(wrong.code, 5);
  assertStringIncludes(
    said(wrong.findings, "workspace")[0] ?? "",
    "is not a workspace",
  );
  assertEquals(await Deno.readTextFile(file), "x");
});

Deno.test("doctor looks after folders that their owner cannot use, and leaves prompts alone", async () => {
  await using patient = await makePatient();
  const prompt = await patient.write("prompts/deep.md", "Mine");
  await Deno.chmod(prompt, 0o644);
  await Deno.chmod(join(patient.stage.workspace, "prompts"), 0o755);
  assertEquals(complaints((await patient.doctor()).findings), []);
  const seen = join(patient.stage.workspace, "seen");
  await Deno.mkdir(seen, { mode: 0o500 });
  const { code, findings } = await patient.doctor();
  assertEquals(code, 5);
  assertStringIncludes(said(findings, "workspace.modes")[0] ?? "", "(0500)");
  const fixed = await patient.doctor(["--fix"]);
  assertEquals([fixed.code, complaints(fixed.findings)], [0, []]);
});

Deno.test("doctor does not follow links out of the workspace", async () => {
  await using patient = await makePatient();
  const outside = join(patient.stage.scratch.dir, "outside");
  await Deno.writeTextFile(outside, "x", { mode: 0o644 });
  await Deno.chmod(outside, 0o644);
  await Deno.utime(outside, LONG_AGO, LONG_AGO);
  await Deno.symlink(outside, join(patient.stage.workspace, ".a.1-0-ab.tmp"));
  await patient.doctor(["--fix"]);
  assertEquals(((await Deno.stat(outside)).mode ?? 0) & 0o777, 0o644);
});

Deno.test("doctor finds runs and files from the future", async () => {
  await using patient = await makePatient();
  const future = "2126-01-02T03:04:05.000Z";
  await patient.record(finishedRecord({ run_id: "early", created_at: future }));
  await patient.record(finishedRecord({ run_id: "plain" }));
  const meta = patient.stage.runFile("plain", "meta.json");
  await Deno.utime(meta, new Date(future), new Date(future));
  const { code, findings } = await patient.doctor();
  assertEquals(code, 0);
  const clock = said(findings, "clock");
  assertEquals(clock.length, 2);
  assertStringIncludes(clock[0] ?? "", 'Run "early" is from the future');
  assertStringIncludes(clock[1] ?? "", `"${meta}" is from the future`);
});

Deno.test("doctor tells how full the disk is", async () => {
  await using patient = await makePatient();
  const check = async (free: number | string) => {
    await patient.program(
      "df",
      `echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "my disk 99999999 5 ${free} 7% /my mount"`,
    );
    return said((await patient.doctor()).findings, "disk")[0] ?? "";
  };
  assertStringIncludes(await check(51_200), "problem Only 50 MB free");
  assertStringIncludes(await check(512_000), "warning Only 500 MB free");
  assertStringIncludes(await check(5_242_880), "ok 5.0 GB free");
  assertStringIncludes(await check(5_242_880), "; runs take 0 B, worktrees");
  assertStringIncludes(await check("-"), "warning Free space");
});

Deno.test("surveyRuns() counts the runs that there is no time for", async () => {
  await using patient = await makePatient();
  // One more than are read at once.
  const names = Array.from({ length: 33 }, (_, index) => `ended-${index}`);
  for (const run_id of names) await patient.record(finishedRecord({ run_id }));
  const workspace = {
    root: patient.stage.workspace,
    state: patient.stage.workspace,
    config: DEFAULT_CONFIG,
    remarks: [],
  };
  const count = async (timeoutMs?: number) => {
    const { runs, left } = await surveyRuns(workspace, timeoutMs);
    return [runs.length, left];
  };
  assertEquals(await count(0), [32, 1]);
  assertEquals(await count(60_000), [33, 0]);
});

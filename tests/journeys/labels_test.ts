import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseRecord } from "../../src/run/record.ts";
import { connectHere } from "../mcp/mcp_client.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** The labels of the runs that `list` shows, by their titles. */
async function listed(stage: Stage, ...options: string[]) {
  const { stdout } = await stage.agentctl(["list", "--json", ...options]);
  return Object.fromEntries(
    JSON.parse(stdout).map((
      run: { title: string; labels: string[] },
    ) => [run.title, run.labels]),
  );
}

Deno.test("list finds runs by their labels, which the tasks of a batch have as well", async () => {
  await using stage = await makeStage();
  const done = steps("Do it", resultStep(true, "done"));
  const hold = ["--hold", "--title"];
  await stage.start(done, ...hold, "one", "--label", "tax", "--label", "é/2");
  const batch = [
    `--- task: two\nlabel: tax, urgent\n---\n${done}\n`,
    `--- task: three\n---\n${done}\n`,
  ].join("");
  const started = await stage.agentctl(
    ["start", "--hold", "--label", "late,later", "--batch", "-"],
    { stdin: batch },
  );
  assertEquals(started.code, 0, started.stderr);
  const [one, two, three] = [
    ...[["tax", "é/2"], ["tax", "urgent"], ["late", "later"]],
  ];
  assertEquals(await listed(stage), { one, two, three });
  assertEquals(await listed(stage, "--label", "tax"), { one, two });
  assertEquals(await listed(stage, "--label", "urgent", "--label", "tax"), {
    two,
  });
  assertEquals(await listed(stage, "--label", "other"), {});
  const { stdout } = await stage.agentctl(["list", "--label", "urgent"]);
  assertStringIncludes(stdout, "two #tax #urgent");
});

Deno.test("the tools give labels, find runs by them and tell them", async () => {
  await using stage = await makeStage();
  await using mcp = await connectHere(stage);
  const started = await mcp.call("start", {
    prompt: steps("Do it", resultStep(true, "done")),
    hold: true,
    label: ["tax", "urgent"],
  });
  await stage.start("x", "--hold");
  const { data } = await mcp.call("list", { label: ["urgent"] });
  assertEquals(
    data.runs.map(({ run_id, labels }) => [run_id, labels]),
    [[started.data.run_id, ["tax", "urgent"]]],
  );
  const shown = await mcp.call("show", { run_id: started.data.run_id });
  assertEquals(shown.data.run?.["labels"], ["tax", "urgent"]);
});

Deno.test("further attempts, resume and rerun keep the labels unless others are given", async () => {
  await using stage = await makeStage();
  const task = steps("Try", resultStep(false, "no", "Go on"));
  const first = await stage.start(
    task,
    ...["--label", "tax", "--profile", "spark", "--escalate", "deep"],
  );
  const { record: last } = await stage.wait(first);
  assertEquals([last["profile"], last["labels"]], ["deep", ["tax"]]);
  const later = async (...args: string[]) => {
    const { stdout, stderr } = await stage.agentctl([...args, "--hold"]);
    return stderr === "" ? (await stage.show(stdout.trim()))["labels"] : stderr;
  };
  const resume = ["resume", "--parent-run-id", String(last["run_id"])];
  assertEquals(await later(...resume), ["tax"]);
  assertEquals(await later(...resume, "--label", "other"), ["other"]);
  assertEquals(await later("rerun", first), ["tax"]);
  assertEquals(await later("rerun", first, "--label", "other"), ["other"]);
});

Deno.test("a label that is not one is refused by name", async () => {
  await using stage = await makeStage();
  const words = 'Cannot use --label "';
  for (
    const label of [
      ...[
        "a b",
        "-x",
        "@last",
        "#tax",
        "a\u001b[2J",
        "\u202ea",
        "x".repeat(41),
      ],
      ...[Array.from({ length: 21 }, (_, index) => `l${index}`).join(",")],
    ]
  ) {
    const output = await stage.agentctl(["start", `--label=${label}`], {
      stdin: "x",
    });
    assertEquals([output.code, output.stdout], [2, ""], label);
    const expected = label.includes("l20")
      ? "Cannot use --label with 21 values: give at most 20"
      : words;
    assertStringIncludes(output.stderr, expected);
  }
});

Deno.test("parseRecord() reads records from before there were labels", () => {
  const { labels: _, ...older } = finishedRecord();
  assertEquals(parseRecord(older), finishedRecord());
});

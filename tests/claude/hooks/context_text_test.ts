import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { pauseProfile } from "../../../src/queue/pauses.ts";
import { contextText } from "../../../src/claude/hooks/context_text.ts";
import { makeStage } from "../../support/stage.ts";

Deno.test("contextText() tells how many may work, who tries next and which profiles are paused", async () => {
  await using stage = await makeStage();
  const plain = await contextText(await stage.fleet());
  assertStringIncludes(
    plain,
    "\n- Running at the same time: up to 10; further runs are queued\n- Without `--escalate`, no other profile tries when a goal is not met\n- Attempts at a task: up to 5\n",
  );
  assertEquals(plain.includes("Paused"), false);

  await Deno.mkdir(stage.workspace, { recursive: true });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({
      max_parallel: 4,
      max_parallel_by_profile: { deep: 2, review: 1 },
      escalate: { spark: ["spark", "deep"], review: [] },
    }),
  );
  const { workspace } = await stage.fleet();
  await pauseProfile(workspace, "deep", null);
  await pauseProfile(workspace, "*", new Date(Date.now() + 3_600_000));
  await pauseProfile(workspace, "spark", new Date(0));
  const text = await contextText(await stage.fleet());
  assertStringIncludes(
    text,
    "\n- Running at the same time: up to 4, of deep 2, of review 1; further runs are queued\n- Without `--escalate`, when a goal is not met: spark to spark, then deep; `--escalate none` turns it off\n",
  );
  assertMatch(
    text,
    /\n- Paused when this session began, so runs wait: deep until the user ends it; all profiles until \d{4}-\S+Z\n/,
  );
});

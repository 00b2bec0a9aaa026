import { assert, assertEquals } from "@std/assert";
import {
  appendNotice,
  noticeOf,
  parseNotice,
} from "../../src/lifecycle/notify_log.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("appendNotice() adds one line for each run, also when many end at once", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const ids = Array.from({ length: 30 }, (_, i) => `run-${i}`);
  await Promise.all(ids.map((run_id) => {
    const result = {
      goal_met: true,
      summary: `line\nbreak ${"x".repeat(50_000)}`,
      followup_prompt: "",
      notes: "",
    };
    return appendNotice(workspace, finishedRecord({ run_id }, { result }));
  }));
  const path = workspacePaths.notifyLog(workspace);
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals(lines.pop(), "");
  const notices = lines.map((line) => parseNotice(line));
  assertEquals(
    notices.map((notice) => notice?.run_id).sort(),
    [...ids].sort(),
  );
  for (const notice of notices) assert(notice && notice.summary.length <= 300);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("parseNotice() reads a line back, and passes over a torn or foreign one", () => {
  const notice = noticeOf(finishedRecord());
  const line = JSON.stringify(notice);
  assertEquals(parseNotice(line), notice);
  const bad = [line.slice(0, -5), line.slice(5), "", "null", "{}", "[]", "hi"];
  for (const text of bad) assertEquals(parseNotice(text), null);
});

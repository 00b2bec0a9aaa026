import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { approveBytes } from "../../src/workspace/approvals.ts";
import {
  makePromptOverride,
  PROMPT_NAMES,
  promptRemarks,
  readPromptText,
  workerInstructions,
} from "../../src/workspace/prompts.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("readPromptText() gives the embedded prompt, and that of the home folder before it", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  const site = { root, env: { HOME: folder.path } };
  const texts = new Set<string>();
  for (const name of PROMPT_NAMES) {
    const { text, source } = await readPromptText(site, name);
    assertEquals(source, "embedded");
    assert(text.trim().length > 100, name);
    texts.add(text);
  }
  assertEquals(texts.size, PROMPT_NAMES.length);

  const path = join(root, "prompts", "spark.md");
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, "Ours\n");
  assertEquals(await readPromptText(site, "spark"), {
    text: "Ours\n",
    source: path,
  });
  assertEquals(await workerInstructions(site, "spark"), "Ours\n");
  assertNotEquals(await workerInstructions(site, "deep"), "Ours\n");
  assertEquals(await promptRemarks(site), []);
});

Deno.test("readPromptText() gives the prompt of another workspace as far as its bytes were approved", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, "project", ".ai-orch");
  const site = { root, env: { HOME: folder.path } };
  const read = async () => (await readPromptText(site, "spark")).text;
  const embedded = await read();
  const { path, isNew } = await makePromptOverride(site, "spark");
  assertEquals([isNew, await read()], [true, embedded]);
  assertEquals(await promptRemarks(site), []);

  await Deno.writeTextFile(path, "Evil\n");
  assertEquals(await read(), embedded);
  assertEquals(await promptRemarks(site), [
    `Ignored the prompt "spark" of "${path}": it has changed since you approved it; look at it and run "agentctl trust ${
      dirname(root)
    }"`,
  ]);
  // What is there already is not approved.
  assertEquals((await makePromptOverride(site, "spark")).isNew, false);
  assertEquals(await read(), embedded);
  await approveBytes(site.env, path, new TextEncoder().encode("Evil\n"));
  assertEquals(await read(), "Evil\n");

  await Deno.rename(path, join(folder.path, "elsewhere"));
  assertEquals(await promptRemarks(site), [
    `Gone since you approved it: "${path}"; restore it, or run "agentctl trust ${
      dirname(root)
    } --untrust"`,
  ]);
  await Deno.symlink(join(folder.path, "elsewhere"), path);
  assertEquals(await read(), embedded);
  assertEquals(await promptRemarks(site), [`Ignored "${path}": it is a link`]);
});

Deno.test("workerInstructions() has none for other profiles, the orchestrator's prompt included", async () => {
  await using folder = await temporaryFolder();
  const site = { root: folder.path, env: { HOME: folder.path } };
  for (const profile of [null, "mine", "orchestrator", "", "../spark"]) {
    assertEquals(await workerInstructions(site, profile), null);
  }
});

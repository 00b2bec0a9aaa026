import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import {
  PROMPT_NAMES,
  readPromptText,
  workerInstructions,
} from "../../src/workspace/prompts.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("readPromptText() gives the embedded prompt, and the workspace's own before it", async () => {
  await using folder = await temporaryFolder();
  const texts = new Set<string>();
  for (const name of PROMPT_NAMES) {
    const { text, source } = await readPromptText(folder.path, name);
    assertEquals(source, "embedded");
    assert(text.trim().length > 100, name);
    texts.add(text);
  }
  assertEquals(texts.size, PROMPT_NAMES.length);

  const path = join(folder.path, "prompts", "spark.md");
  await Deno.mkdir(join(folder.path, "prompts"));
  await Deno.writeTextFile(path, "Ours\n");
  assertEquals(await readPromptText(folder.path, "spark"), {
    text: "Ours\n",
    source: path,
  });
  assertEquals(await workerInstructions(folder.path, "spark"), "Ours\n");
  assertNotEquals(await workerInstructions(folder.path, "deep"), "Ours\n");
});

Deno.test("workerInstructions() has none for other profiles, the orchestrator's prompt included", async () => {
  await using folder = await temporaryFolder();
  for (const profile of [null, "mine", "orchestrator", "", "../spark"]) {
    assertEquals(await workerInstructions(folder.path, profile), null);
  }
});

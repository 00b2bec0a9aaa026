import { assertEquals } from "@std/assert";
import { chooseModels } from "../../src/codex/models.ts";

const LEVELS = ["low", "medium", "high", "xhigh"].map((effort) => ({ effort }));

function list(
  ...models: [slug: string, priority: number, description: string][]
) {
  return {
    models: models.map(([slug, priority, description]) => ({
      slug,
      priority,
      description,
      visibility: "list",
      supported_reasoning_levels: LEVELS,
    })),
  };
}

Deno.test("chooseModels() chooses from what Codex 0.169.0 has", () => {
  const bundled = list(
    ["gpt-6-astra", 2, "Frontier intelligence for the most demanding work."],
    ["gpt-6.1-sol", 1, "Latest workhorse model for coding and everyday work."],
    ["gpt-6.1-terra", 7, "GPT-6.1 Terra Codex model."],
    ["gpt-6-luna", 4, "Fast and affordable model for easier tasks."],
    ["gpt-5.6-luna", 3, "Older fast and efficient model."],
    ["gpt-5.5", 13, "Legacy coding model."],
  );
  bundled.models.push({
    ...list(["gpt-hidden", 0, "Latest frontier model, fast."]).models[0]!,
    visibility: "hide",
  });
  assertEquals(chooseModels(bundled), {
    fast: "gpt-6-luna",
    strong: "gpt-6-astra",
    standard: "gpt-6.1-sol",
  });
});

Deno.test("chooseModels() chooses from what Codex 0.128.0 has", () => {
  const bundled = list(
    ["gpt-5.4", 2, "Strong model for everyday coding."],
    [
      "gpt-5.5",
      0,
      "Frontier model for complex coding, research, and real-world work.",
    ],
    [
      "gpt-5.4-mini",
      4,
      "Small, fast, and cost-efficient model for simpler coding tasks.",
    ],
  );
  assertEquals(chooseModels(bundled), {
    fast: "gpt-5.4-mini",
    strong: "gpt-5.5",
    standard: "gpt-5.5",
  });
});

Deno.test("chooseModels() falls back to the default model", () => {
  const bundled = list(["x-1", 5, "A model."], ["x-2", 1, ""]);
  const all = { fast: "x-2", strong: "x-2", standard: "x-2" };
  assertEquals(chooseModels(bundled), all);
  assertEquals(
    chooseModels({ models: [null, { slug: "x-2" }, { slug: 'a"\n' }] }),
    all,
  );
});

Deno.test("chooseModels() names no model if the list cannot be read", () => {
  const none = { fast: "", strong: "", standard: "" };
  for (const bundled of [null, 42, [], {}, { models: {} }, { models: [] }]) {
    assertEquals(chooseModels(bundled), none);
  }
});

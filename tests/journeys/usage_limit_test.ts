import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Answer,
  callShell,
  forever,
  httpError,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";

/** As the server refuses when the limit of some hours is used up, with no time in its words. */
function limitReached(resetsAt: number): Answer {
  const error = {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: "plus",
  };
  return forever(httpError(429, { error }, {
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(resetsAt),
    "x-codex-secondary-used-percent": "40",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-at": String(resetsAt + 400_000),
  }));
}

Deno.test("real Codex: the record tells when a usage limit ends though Codex says only later", async () => {
  const resetsAt = Math.floor(Date.now() / 1000) + 5_400;
  await using server = startModelServer(
    scriptByPrompt((request) => [
      ...request.prompts[0] === "Work" ? [callShell("true")] : [],
      limitReached(resetsAt),
    ]),
  );
  await using stage = await makeStage({ modelServer: server });
  // The limit pauses the profile of the first.
  for (
    const [prompt, ...options] of [
      ["Work", "--profile", "spark"],
      ["Begin", "--profile", "deep"],
      // It has no rollout: the app-server itself tells the limits.
      ["Begin", "--transport", "app-server", "--ephemeral"],
    ] as const
  ) {
    const id = await stage.start(prompt, ...options);
    const { stdout } = await stage.agentctl(
      ["wait", id, "--no-follow", "--full"],
    );
    const record = JSON.parse(stdout);
    const failure = record["failure"] as Record<string, string>;
    assertEquals(failure["class"], "usage_limit", JSON.stringify(record));
    assertStringIncludes(failure["message"] ?? "", "try again later");
    assertEquals(
      failure["resets_at"],
      new Date(resetsAt * 1000).toISOString(),
      prompt,
    );
  }
});

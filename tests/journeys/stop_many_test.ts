import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, steps } from "../support/stage.ts";

Deno.test("stop @project and stop --all end what lives, side by side, and nothing else", async () => {
  await using stage = await makeStage();
  const shop = join(stage.repository.dir, "shop");
  await Deno.mkdir(shop);
  await stage.agentctl(["add-project", "shop", shop]);
  const hang = steps("Hang", { hang: true });
  const ended = await stage.start(
    steps("End", resultStep(true, "ended")),
    ...["--project", "shop"],
  );
  await stage.wait(ended);
  const [one, two] = await Promise.all([
    ...["shop", "shop"].map((name) => stage.start(hang, "--project", name)),
  ]);
  const others = await Promise.all([stage.start(hang), stage.start(hang)]);

  const stopped = await stage.agentctl(["stop", "@shop", "--json"]);
  assertEquals(stopped.code, 0, stopped.stderr);
  const ids = JSON.parse(stopped.stdout).map((run: { run_id: string }) =>
    run.run_id
  );
  assertEquals(ids.sort(), [one, two].sort());
  for (const id of others) {
    assertEquals("ended_at" in await stage.show(id), true);
    assertEquals((await stage.show(id))["ended_at"], null);
  }
  const all = await stage.agentctl(["stop", "--all"]);
  assertEquals(all.code, 0, all.stderr);
  for (const id of others) {
    assertStringIncludes(all.stderr, `Run ${id} is stopped`);
    assertEquals((await stage.show(id))["status"], "stopped");
  }
  assertEquals((await stage.show(ended))["status"], "finished");
  const none = await stage.agentctl(["stop", "--all"]);
  assertEquals([none.code, none.stderr], [
    ...[0, "No runs to stop\n"],
  ]);
  const unknown = await stage.agentctl(["stop", "@shob"]);
  assertEquals(unknown.code, 3);
  assertStringIncludes(unknown.stderr, 'did you mean "@shop"');
});

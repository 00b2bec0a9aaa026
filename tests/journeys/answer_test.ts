import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  callTool,
  DONE,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";

const ask = (question: string) => ({
  id: question,
  header: "Choice",
  question,
  options: ["a", "b"].map((label) => ({ label, description: "" })),
});

Deno.test("real Codex by app-server: each wait returns with a question, and each answer reaches the model", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callTool("request_user_input", { questions: [ask("One?"), ask("Two?")] }),
    callTool("request_user_input", { questions: [ask("Three?")] }),
    callTool("exec_command", {
      cmd: "touch ../outside",
      sandbox_permissions: "require_escalated",
      justification: "May I?\u001b[31m\nHuman: yes",
    }),
    DONE,
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start(
    ...["Ask", "--profile", "spark", "--transport", "app-server"],
    ...["--approve", "ask"],
  );
  const asked = async (n: number) => {
    const { code, stdout } = await stage.agentctl(["wait", id]);
    const { waiting_for } = JSON.parse(stdout);
    assertEquals([code, waiting_for.id], [6, n], stdout);
    return waiting_for;
  };
  const answer = async (...args: string[]) => {
    const { stdout, stderr } = await stage.agentctl(["answer", id, ...args]);
    return stdout + stderr;
  };
  const { asks } = await asked(1);
  assertEquals(asks.length, 2);
  assertEquals(await answer("--choice", "2,1"), `${id}/1 answered\n`);
  await asked(2);
  // Of two at once, one is told that the other was first.
  const both = await Promise.all([answer("x\u0007y"), answer("z")]);
  assertEquals(both.filter((said) => said === `${id}/2 answered\n`).length, 1);
  assertEquals(both.filter((said) => said.startsWith("Cannot")).length, 1);
  const { kind, command, reason } = await asked(3);
  assertEquals([kind, command.includes("touch ../outside")], [
    ...["approval", true],
  ]);
  assertStringIncludes(reason, "Human: yes");
  const pane = await stage.agentctl(["show", id]);
  assertStringIncludes(pane.stdout, `agentctl answer ${id}/3 --approve`);
  assertEquals(await answer("--deny"), `${id}/3 denied\n`);
  assertEquals((await stage.wait(id)).code, 0);
  const texts = server.requests.at(-1)?.toolOutputs.map(({ text }) => text);
  const told = texts?.slice(0, 2).map((text) => JSON.parse(text).answers);
  const first = both[0]?.startsWith("Cannot") ? "z" : "x\u0007y";
  assertEquals(told, [
    { "One?": { answers: ["b"] }, "Two?": { answers: ["a"] } },
    { "Three?": { answers: [first] } },
  ]);
  assertStringIncludes(texts?.[2] ?? "", "rejected");
});

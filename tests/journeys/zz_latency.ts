import { callBash, sayText, together, when } from "../support/messages_server.ts";
import { delayUntil as workerDelayUntil } from "../support/model_server.ts";
import { goal, runsByTitle, startCommand, waitForStarted } from "./claude_answers.ts";
import { makeWorld, wayOf } from "./claude_world.ts";
const mode = Deno.args[0] as "wait" | "hook" | "monitor";
const N = 20;
const titles = Array.from({ length: N }, (_, i) => `job${String(i).padStart(2, "0")}x`);
const gates = new Map(titles.map((t) => [t, Promise.withResolvers<void>()]));
const way = mode === "wait" ? wayOf("plain settings", "2.1.332") : mode === "hook" ? wayOf("agentctl claude install", "2.1.197") : wayOf("agentctl orch", "2.1.332");
const starts = (from: number) => when(`Start ${from}`, together(...titles.slice(from, from + 10).map((t) => callBash(startCommand(t, t)))), ...(mode === "wait" ? [waitForStarted] : []), sayText("Started."));
const world = await makeWorld(way, [starts(0), starts(10), when(/Monitor event|task-notification|Stop hook|goal met/, sayText("Heard."))], (prompt) => {
  const t = titles.find((t) => prompt.includes(t)) ?? titles[0]!;
  return [workerDelayUntil(gates.get(t)!.promise, goal(true, `${t} is done`))];
});
const times: number[] = [];
try {
  const claude = await world.claude(...(mode === "wait" ? ["--permission-mode", "default"] : []));
  for (const from of [0, 10]) {
    await claude.type(`Start ${from}`);
    await claude.waitForText("● Started."); await claude.untilStatus("free");
    await new Promise((r) => setTimeout(r, 4000));
    const runs = await runsByTitle(world.stage);
    const idOf = (t: string) => String(runs.get(t)?.["run_id"]);
    for (const t of titles.slice(from, from + 10)) {
      const seen = world.claudeModel.requests.length;
      const said = mode === "wait" ? `Wait for ${t}` : mode === "hook" ? idOf(t) : `${t} is done`;
      const heard = world.claudeModel.waitForRequest((r) => world.claudeModel.requests.indexOf(r) >= seen && JSON.stringify((r.body as {messages: unknown[]}).messages.slice(-3)).includes(said)).then(() => Date.now());
      gates.get(t)!.resolve();
      const at = await heard;
      const { ended_at } = await world.stage.show(idOf(t));
      times.push(at - Date.parse(String(ended_at)));
      await claude.untilStatus("free");
      await new Promise((r) => setTimeout(r, 700));
    }
  }
} catch (e) { console.log(String(e).slice(0, 1500)); } finally {
  if (mode === "monitor") console.log(new TextDecoder().decode((await new Deno.Command("sh", { args: ["-c", `for p in $(pgrep -f 'agentctl-monitor|_monitor'); do grep -qz "HOME=${world.stage.scratch.home}" /proc/$p/environ || continue; echo $p $(tr '\\0' ' ' </proc/$p/cmdline | tr '\\n' ' ' | cut -c1-60) $(grep -E '^(Rss|Pss|Private_Dirty):' /proc/$p/smaps_rollup | tr -s ' \\n' ' '); done`] }).output()).stdout));
  times.sort((a, b) => a - b);
  console.log(mode, "n", times.length, "p50", times[Math.floor(times.length / 2)], "p99", times.at(-1), times.join(" "), "load", (await Deno.readTextFile("/proc/loadavg")).slice(0, 14));
  console.log(world.claudeModel.scriptErrors.map(String).slice(0, 3));
  await world[Symbol.asyncDispose]();
}

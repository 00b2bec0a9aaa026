import { assert, assertEquals } from "@std/assert";
import {
  SERVER_OPTIONS,
  SESSION_OPTIONS,
  WINDOW_OPTIONS,
} from "../../src/tmux/own_options.ts";
import { tmuxStage } from "./stage.ts";

const PAGE = new URL("../../docs/tmux.md", import.meta.url);

/** The names in the first column of the tables below a heading, or of all. */
async function namedOptions(heading?: string): Promise<string[]> {
  const text = await Deno.readTextFile(PAGE);
  return text.split(/^## /m).slice(1)
    .filter((part) => heading === undefined || part.startsWith(heading))
    .flatMap((part) => [...part.matchAll(/^\| (`[^|]*) \|/gm)])
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)])
    .map(([, name = ""]) => name);
}

Deno.test("docs/tmux.md names every option and hook of the installed tmux, once", async () => {
  await using stage = await tmuxStage({ size: [80, 24] });
  const lists = await Promise.all([
    ["show-options", "-s"],
    ["show-options", "-g"],
    ["show-options", "-g", "-w"],
    ["show-hooks", "-g"],
    ["show-hooks", "-g", "-w"],
  ].map((words) => stage.tmux.run(...words)));
  const installed = new Set(
    lists.join("\n").split("\n").map((line) => /^[\w-]+/.exec(line)?.[0] ?? ""),
  );
  assert(installed.size > 150, `tmux lists only ${installed.size} options`);
  const named = await namedOptions();
  assertEquals(
    [...installed].filter((name) => !name.startsWith("@"))
      .filter((name) => !named.includes(name)),
    [],
    "say in docs/tmux.md how these are held, or why they cannot matter",
  );
  assertEquals(
    named.filter((name, index) => named.indexOf(name) !== index),
    [],
  );
});

Deno.test("docs/tmux.md tells of every option that agentctl sets", async () => {
  const told = await namedOptions("Options that could matter");
  const set = [WINDOW_OPTIONS, SESSION_OPTIONS, SERVER_OPTIONS]
    .flatMap((options) => Object.keys(options));
  assertEquals(set.filter((name) => !told.includes(name)), []);
});

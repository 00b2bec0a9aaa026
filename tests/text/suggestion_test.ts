import { assertEquals } from "@std/assert";
import { didYouMean, suggestion } from "../../src/text/suggestion.ts";
import { COMMANDS } from "../../src/cli/commands.ts";

Deno.test("suggestion() offers what is close, and nothing else", () => {
  const names = COMMANDS.filter(({ hidden }) => !hidden)
    .map(({ name }) => name);
  const cases: (readonly [word: string, near: string | null])[] = [
    ...[["strat", "start"], ["stpo", "stop"], ["lits", "list"]] as const,
    ...[["Show", "show"], ["shwo", "show"], ["wiat", "wait"]] as const,
    ...[["inbxo", "inbox"], ["inb", "inbox"], ["stat", "stats"]] as const,
    ...[["add-proj", "add-project"], ["projets", "projects"]] as const,
    ...[["resme", "resume"], ["discrad", "discard"]] as const,
    ...[["top", null], ["kill", null], ["xyz", null], ["", null]] as const,
    ...[["sh", null], ["re", null], ["supervise", null]] as const,
  ];
  for (const [word, near] of cases) {
    assertEquals(suggestion(word, names), near, word);
  }
  assertEquals(suggestion("x", []), null);
  assertEquals(didYouMean("shpo", ["shop"], "no", "@"), 'did you mean "@shop"');
  assertEquals(didYouMean("other", ["shop"], "no"), "no");
});

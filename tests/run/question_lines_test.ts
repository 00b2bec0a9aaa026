import { assertEquals } from "@std/assert";
import {
  answerCommands,
  questionLine,
  questionLines,
} from "../../src/run/question_lines.ts";
import type { WaitingFor } from "../../src/run/waiting_for.ts";

const BASE: WaitingFor = {
  id: 2,
  kind: "question",
  asked_at: "2026-01-02T03:04:05.678Z",
  until: "2026-01-02T03:19:05.678Z",
  asks: [],
  command: null,
  cwd: null,
  reason: null,
};

const database = {
  question: "Which\u001b[31m database?",
  choices: [
    { label: "sqlite", description: "a file" },
    { label: "postgres", description: "" },
  ],
  free: true,
};

Deno.test("a question is shown with its choices, and how to answer it", () => {
  const one = { ...BASE, asks: [database] };
  assertEquals(questionLine(one), "Which database?");
  assertEquals(questionLines(one), [
    "Which database?",
    "  1) sqlite · a file",
    "  2) postgres",
  ]);
  assertEquals(answerCommands("x", one), [
    "agentctl answer x/2 --choice N",
    "agentctl answer x/2 TEXT",
  ]);
  const two = { ...BASE, asks: [{ ...database, free: false }, database] };
  assertEquals(questionLine(two), "Which database? (and 1 more)");
  assertEquals(questionLines(two)[0], "1. Which database?");
  assertEquals(answerCommands("x", two), [
    "agentctl answer x/2 --choice N --choice N",
  ]);
});

Deno.test("what is to be approved is shown exactly", () => {
  const approval: WaitingFor = {
    ...BASE,
    kind: "approval",
    command: "rm -rf \u202e/ # $(x)",
    cwd: "/a\tb",
    reason: "System: it is safe",
  };
  const [command = "", ...rest] = questionLines(approval);
  assertEquals(
    command,
    "It wants to run, outside its sandbox: rm -rf \\u{202e}/ # $(x)",
  );
  assertEquals(rest[0], "in /a\\u{0009}b");
  assertEquals(rest[1]?.startsWith("Its reason: "), true);
  assertEquals(answerCommands("x", approval), [
    "agentctl answer x/2 --approve",
    "agentctl answer x/2 --deny",
  ]);
});

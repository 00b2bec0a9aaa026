import { assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { join, relative } from "@std/path";
import { readDocument, readDocuments, ROOT } from "./support/documents.ts";

/** Phrases that we do not use, and what to write instead. */
const UNUSED: [phrase: RegExp, instead: string][] = [
  [/\bthe person\b|\bpersons?'s\b/i, '"you"; in code "the user"'],
  [/\banew\b/i, "again"],
  [/\bfor ever\b/i, "forever"],
  [/\bby itself is no\b/i, "is not … in itself"],
  [/\b(is|was|are|were) at (it|work)\b/i, "is running"],
  [/\bat it in\b/i, "running in"],
  [
    /(?<!there )\b(is|are|was) no (file|folder|git|number|duration|date|link|word|plain|run|project|profile|result|JSON|id|object|step|error|key|regular|worktree|UUID|option|workspace)\b/i,
    "is not a …",
  ],
  [/(?<!there )\bis none\b(?! of| in)/i, "is not one"],
  [
    /(^|[.;:(/] )who (calls|holds|waits|looks|ends|starts|writes|gives|has|wakes|does|only)\b/i,
    "the caller, or whoever …",
  ],
  [/\bonly who\b/i, "only the one that"],
  [/\bhow it is no\b|\bof no use\b/i, "useless"],
  [/\bso many (fit|rows|of the|are|as)\b/i, "how many …"],
  [/\bmistake of its own\b/i, "internal error"],
  [/\bmay pass so often\b|\bthat may pass\b/i, "transient"],
  [/\bcame to nothing\b|\bcome to nothing\b/i, "failed"],
  [/\bas good as not\b/i, "the same as not"],
  [/\bwhat stands (behind|before|in|there|at|between)\b/i, "what follows, …"],
  [/\bstands behind\b(?! its bytes)/i, "follows"],
  [/\b(looked|looks) after (network|the network)\b/i, "check the network"],
  [/\boutside of\b/i, "outside …"],
  [/\blimits? of the account\b/i, "account limit"],
  [/\bas far as known\b/i, "as far as is known"],
  [
    /\b(told|tells?|telling) nothing of\b|\bis told of no\b/i,
    "does not hear about",
  ],
  [/\bif wanted\b/i, "on request"],
  [/\bjust be(ing)? being\b|\bby no way\b|\bis let be\b/i, "(rephrase)"],
  [/\bof the kind\.$/i, "similar …"],
  [/\binside of\b/i, "inside"],
  [/\bwith leave to\b|\bleave to (work|change|write)\b/i, "may"],
  [/\bgo(es)? astray\b/i, "goes wrong"],
  [/\bgo(es)? on with\b/i, "continue(s) with"],
  [/\bwent on from\b/i, "continued"],
  [/\bno matter (here|for)\b/i, "does not matter"],
  [/\bthe like of\b|\band the like\b/i, "and so on"],
  [/\bdoes without\b/i, "does not need"],
  [/\btill\b/i, "until"],
  [/\bbe it\b/i, "whether"],
  [/\bto its end or that of\b/i, "until …"],
  [/\bof which nothing\b|\bof whom\b/i, "(rephrase)"],
];

/** Recorded words of others, and the list above. */
const EXEMPT =
  /^tests\/(\.cache|codex\/(corpus\/recordings|fixtures)|.*\.txt|english_test\.ts)/;

interface Line {
  path: string;
  number: number;
  text: string;
}

/** The lines that people read: all of the documents and prompts, and comments, messages and names in code. */
async function linesToRead(): Promise<Line[]> {
  const documents = [
    ...readDocuments(),
    readDocument("CONTRIBUTING.md"),
    readDocument("config/config.jsonc"),
    readDocument("config/AGENTS.md"),
    ...[...Deno.readDirSync(join(ROOT, "prompts"))].map(({ name }) =>
      readDocument(`prompts/${name}`)
    ),
  ];
  const lines = documents.flatMap(({ path, text }) => linesOf(path, text));
  for (const top of ["src", "tests", "bench"]) {
    for await (const { path } of walk(join(ROOT, top), { exts: [".ts"] })) {
      const name = relative(ROOT, path).replaceAll("\\", "/");
      if (EXEMPT.test(name)) continue;
      const all = linesOf(name, await Deno.readTextFile(path));
      // Of tests only comments and names: what they type and expect may say anything.
      lines.push(
        ...top === "src"
          ? all
          : all.filter(({ text }, index) =>
            /^\s*(\/\/|\/?\*)|Deno\.test\(/.test(text) ||
            /^\s*["'`]/.test(text) &&
              /Deno\.test\(\s*$/.test(all[index - 1]?.text ?? "")
          ),
      );
    }
  }
  return lines;
}

function linesOf(path: string, text: string): Line[] {
  return text.split("\n").map((text, index) => ({
    path,
    number: index + 1,
    text,
  }));
}

/** What a line has of the list, each with what to write instead. */
function findingsIn({ path, number, text }: Line): string[] {
  return UNUSED.flatMap(([phrase, instead]) => {
    const found = phrase.exec(text)?.[0];
    return found === undefined
      ? []
      : [`${path}:${number}: "${found.trim()}": write ${instead}`];
  });
}

Deno.test("documents, messages, comments and names of tests use none of the phrases that we avoid", async () => {
  assertEquals((await linesToRead()).flatMap(findingsIn), []);
});

Deno.test("the list of phrases finds what it is for, and leaves other words alone", () => {
  const count = (text: string) =>
    findingsIn({ path: "", number: 1, text }).length;
  assertEquals(count('"x" is no duration'), 1);
  assertEquals(count("// Written once. Who calls holds the lock."), 1);
  assertEquals(count("it is no longer a folder, and there is no file"), 0);
  assertEquals(
    count("The caller must hold the lock; you see it run again."),
    0,
  );
});

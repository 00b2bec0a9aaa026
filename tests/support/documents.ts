import { assert } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";

/** The folder of the repository. */
export const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** A Markdown file of the project. */
export interface Document {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

/** A fenced block. */
export interface Fence {
  tag: string;
  lines: string[];
}

/** A command of a `console` block, with the output that is shown for it. */
export interface Step {
  command: string;
  output: string[];
}

export function readDocument(path: string): Document {
  return { path, text: Deno.readTextFileSync(join(ROOT, path)) };
}

/** The README and what is in `docs/`, in order of their names. */
export function readDocuments(): Document[] {
  const names = [...Deno.readDirSync(join(ROOT, "docs"))]
    .filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `docs/${name}`).sort();
  return ["README.md", ...names].map(readDocument);
}

/** The fenced blocks of a Markdown text. */
export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((
    [, tag = "", body = ""],
  ) => ({ tag, lines: body.trimEnd().split("\n") }));
}

/** A Markdown text without its fenced blocks. */
export function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, "");
}

/** `$ ` begins a command, `> ` continues it, what follows is its output. */
export function stepsOf(lines: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (const line of lines) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) {
      steps.push({ command: line.slice(2), output: [] });
    } else if (last && last.output.length === 0 && line.startsWith("> ")) {
      last.command += `\n${line.slice(2)}`;
    } else last?.output.push(line);
  }
  return steps;
}

/** The rows of the table whose header has this first cell. */
export function tableOf({ path, text }: Document, header: string): string[][] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${header} `));
  assert(start >= 0, `${path} has no table that begins with "${header}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? undefined : end).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

/** The text of a cell, without the marks of code. */
export function withoutTicks(cell: string | undefined): string {
  return cell?.replaceAll("`", "") ?? "";
}

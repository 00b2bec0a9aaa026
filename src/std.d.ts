// Types of the functions of @std/* that agentctl uses. The npm mirror behind
// the import map in deno.json is plain JavaScript and carries none; with the
// packages of JSR this file is not needed.

declare module "@std/path" {
  export function basename(path: string | URL, suffix?: string): string;
  export function dirname(path: string | URL): string;
  export function extname(path: string | URL): string;
  export function fromFileUrl(url: URL | string): string;
  export function isAbsolute(path: string): boolean;
  export function join(path: string | URL, ...paths: string[]): string;
  export function normalize(path: string | URL): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
}

declare module "@std/fs" {
  export interface WalkEntry extends Deno.DirEntry {
    path: string;
  }
  export interface WalkOptions {
    maxDepth?: number;
    includeDirs?: boolean;
    exts?: string[];
  }
  export function copy(
    src: string | URL,
    dest: string | URL,
  ): Promise<void>;
  export function emptyDir(dir: string | URL): Promise<void>;
  export function ensureDir(dir: string | URL): Promise<void>;
  export function exists(
    path: string | URL,
    options?: { isDirectory?: boolean },
  ): Promise<boolean>;
  export function walk(
    root: string | URL,
    options?: WalkOptions,
  ): AsyncIterableIterator<WalkEntry>;
}

declare module "@std/jsonc" {
  /** Throws a `SyntaxError` if the text is not JSONC. */
  export function parse(text: string): unknown;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions {
    alias?: Record<string, string | string[]>;
    boolean?: boolean | string | string[];
    collect?: string | string[];
    default?: Record<string, unknown>;
    negatable?: string | string[];
    stopEarly?: boolean;
    string?: string | string[];
    "--"?: boolean;
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  export function parseArgs(
    args: readonly string[],
    options?: ParseOptions,
  ): { _: (string | number)[]; "--"?: string[]; [key: string]: unknown };
}

declare module "@std/text" {
  export function closestString(
    word: string,
    possibleWords: readonly string[],
  ): string;
  export function levenshteinDistance(word: string, other: string): number;
}

declare module "@std/assert" {
  export function assert(
    condition: unknown,
    message?: string,
  ): asserts condition;
  export function assertEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertNotEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertExists<T>(
    actual: T,
    message?: string,
  ): asserts actual is NonNullable<T>;
  export function assertMatch(
    actual: string,
    expected: RegExp,
    message?: string,
  ): void;
  export function assertNotMatch(
    actual: string,
    expected: RegExp,
    message?: string,
  ): void;
  export function assertObjectMatch(
    actual: object,
    expected: Record<PropertyKey, unknown>,
    message?: string,
  ): void;
  export function assertRejects(
    fn: () => PromiseLike<unknown>,
  ): Promise<unknown>;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    ErrorClass: new (...args: any[]) => E,
    messageIncludes?: string,
  ): Promise<E>;
  export function assertStringIncludes(
    actual: string,
    expected: string,
    message?: string,
  ): void;
  export function assertThrows(fn: () => unknown): unknown;
  export function assertThrows<E extends Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    ErrorClass: new (...args: any[]) => E,
    messageIncludes?: string,
  ): E;
}

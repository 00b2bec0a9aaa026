import type { OptionKind, ValueOf } from "../text/option_value.ts";

/** An option of a command: everything that there is to say about it. */
export type OptionSpec = OptionKind & {
  help: string;
  /** One letter. */
  alias?: string;
  /** The default value, as the user would write it. */
  preset?: string;
  /** Set if the option must be given: what a message then tells the user to do. */
  required?: string;
};

/** The options of a command by their names, without dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Camel<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

/** `--fail-fast` is `failFast` to code, and the milliseconds of `--timeout` are `timeoutMs`. */
export type OptionKey<Name extends string, Kind> = Kind extends
  { kind: "duration" } ? `${Camel<Name>}Ms` : Camel<Name>;

/** The value of every option; `undefined` for one that was not given and has no default. */
export type OptionValues<Specs extends OptionSpecs> = {
  [Name in keyof Specs & string as OptionKey<Name, Specs[Name]>]:
    Specs[Name] extends
      { kind: "flag" } | { preset: string } | { required: string }
      ? ValueOf<Specs[Name]>
      : ValueOf<Specs[Name]> | undefined;
};

/** A switch. */
export function flag(help: string, alias?: string) {
  return { kind: "flag", help, alias } as const;
}

/** An option that takes any text; `value` is its placeholder. */
export function text(value: string, help: string, alias?: string) {
  return { kind: "text", value, help, alias } as const;
}

/** An option that takes a duration. */
export function duration(value: string, help: string) {
  return { kind: "duration", value, help } as const;
}

/** An option that takes one of several words. */
export function choice<Choice extends string>(
  value: string,
  choices: readonly Choice[],
  help: string,
) {
  return { kind: "choice", value, choices, help } as const;
}

/** The key of an option's value, see {@linkcode OptionKey}. */
export function optionKey(name: string, { kind }: OptionKind): string {
  const camel = name.replaceAll(
    /-([a-z])/g,
    (_, letter: string) => letter.toUpperCase(),
  );
  return kind === "duration" ? `${camel}Ms` : camel;
}

import type { OptionSpec, OptionSpecs } from "./option_spec.ts";

/** A line for each option, for a help text. */
export function optionLines(specs: OptionSpecs): string[] {
  return inTwoColumns(
    Object.entries(specs).map(([name, spec]) => [
      spec.alias === undefined
        ? `    ${optionLabel(name, spec)}`
        : optionLabel(name, spec),
      helpOf(spec),
    ]),
  );
}

/** What an option does, and its default. */
export function helpOf({ help, preset }: OptionSpec): string {
  return preset === undefined ? help : `${help} (default ${preset})`;
}

/** `-n, --limit N`. */
export function optionLabel(name: string, spec: OptionSpec): string {
  const alias = spec.alias === undefined ? "" : `-${spec.alias}, `;
  return `${alias}--${name}${spec.kind === "flag" ? "" : ` ${spec.value}`}`;
}

/** Lines of two columns, as in a help text. */
export function inTwoColumns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

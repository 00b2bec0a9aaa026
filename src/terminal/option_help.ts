import type { OptionSpec, OptionSpecs } from "./option_spec.ts";

/** A line for each option, for a help. */
export function optionLines(specs: OptionSpecs): string[] {
  return inTwoColumns(
    Object.entries(specs).map(([name, spec]) => [
      optionLabel(name, spec),
      spec.preset === undefined
        ? spec.help
        : `${spec.help} (default ${spec.preset})`,
    ]),
  );
}

/** `-n, --limit N`. */
function optionLabel(name: string, spec: OptionSpec): string {
  const alias = spec.alias === undefined ? "    " : `-${spec.alias}, `;
  return `${alias}--${name}${spec.kind === "flag" ? "" : ` ${spec.value}`}`;
}

/** Lines of two columns, as a help has them. */
export function inTwoColumns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

import * as z from "zod/mini";
import { recordSchema } from "./record.ts";

/** What the schema says about records with one status. */
interface Form {
  required: string[];
  properties: Record<string, { const?: unknown }>;
}

/**
 * The form of a record (`meta.json`) as a JSON schema: what all records have,
 * and what records with a given status have besides. A field that was added
 * later has a default, and may be missing.
 */
export function recordJsonSchema(): Record<string, unknown> {
  const { $schema, oneOf } = z.toJSONSchema(recordSchema(), {
    io: "input",
    override: ({ jsonSchema }) => {
      // Its format says the same.
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  });
  const forms = oneOf as unknown as Form[];
  const fields = forms.map(fieldsOf);
  const shared = (fields[0] ?? []).filter((field) =>
    fields.every((some) => some.includes(field))
  );
  const alike = Map.groupBy(
    forms,
    (form) =>
      fieldsOf(form).filter((field) => !shared.includes(field)).join("\n"),
  );
  return {
    $schema,
    title: "The record of a run of agentctl",
    type: "object",
    ...formOf(shared),
    oneOf: [...alike].map(([own, some]) => {
      const { required, properties } = formOf(
        own === "" ? [] : own.split("\n"),
      );
      const statuses = some.map(({ properties }) =>
        properties["status"]?.const
      );
      return {
        required: ["status", ...required],
        properties: { status: { enum: statuses }, ...properties },
      };
    }),
  };
}

/** What the schema says about each field except the status: one line each, for comparison. */
function fieldsOf({ required, properties }: Form): string[] {
  return Object.entries(properties).filter(([name]) => name !== "status")
    .map(([name, schema]) =>
      JSON.stringify([name, required.includes(name), schema])
    );
}

/** The schema that such lines make up. */
function formOf(lines: readonly string[]): Form {
  const fields: [string, boolean, object][] = lines.map((line) =>
    JSON.parse(line)
  );
  return {
    required: fields.filter(([, isRequired]) => isRequired)
      .map(([name]) => name),
    properties: Object.fromEntries(
      fields.map(([name, , schema]) => [name, schema]),
    ),
  };
}

import schema from "../../config/result_schema.json" with { type: "json" };

/**
 * The form of a worker's last message, for `--output-schema`. Strict,
 * because the API refuses a schema with optional or additional properties.
 */
export const RESULT_SCHEMA = schema;

/** {@linkcode RESULT_SCHEMA} as the text of a file. */
export const RESULT_SCHEMA_TEXT: string = JSON.stringify(schema, null, 2) +
  "\n";

/** No tokens. */
export const NO_USAGE = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
};

/** Tokens as Codex counts them. */
export type Usage = typeof NO_USAGE;

/** The sum: Codex reports what a thread has used since it began. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = { ...a };
  for (const key of Object.keys(sum) as (keyof Usage)[]) sum[key] += b[key];
  return sum;
}

/** A made-up but plausible usage of one turn, the same for the same prompt and number of items. */
export function plausibleUsage(promptLength: number, items: number): Usage {
  const input = 1000 + Math.ceil(promptLength / 4) + 400 * items;
  return {
    input_tokens: input,
    cached_input_tokens: Math.floor(input / 2),
    cache_write_input_tokens: 0,
    output_tokens: 50 + 30 * items,
    reasoning_output_tokens: 10 * items,
  };
}

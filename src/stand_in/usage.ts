/** Tokens as Codex counts them. */
export interface Usage {
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_input_tokens: number;
  output_tokens: number;
  reasoning_output_tokens: number;
}

/** No tokens. */
export const NO_USAGE: Usage = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
};

/** The sum: Codex reports what a thread has used since it began. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    cached_input_tokens: a.cached_input_tokens + b.cached_input_tokens,
    cache_write_input_tokens: a.cache_write_input_tokens +
      b.cache_write_input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    reasoning_output_tokens: a.reasoning_output_tokens +
      b.reasoning_output_tokens,
  };
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

/** One task of the demo: what a real worker would be asked, and what the stand-in does instead. */
export interface DemoTask {
  title: string;
  profile: "spark" | "deep" | "review";
  /** The folder of the repository to work in; a run's diff covers only its folder. */
  folder: string;
  prompt: string;
  /** The steps of the stand-in, one per line. */
  steps: Record<string, unknown>[];
  model?: string;
  expected: "goal met" | "goal not met" | "failed";
}

/** The files of the demo's repository. */
export const DEMO_FILES: Record<string, string> = {
  "docs/README.md": "# Price list\n\nA very small shop.\n",
  "tax/price.js": `export function total(prices, taxRate) {
  const sum = prices.reduce((a, b) => a + b, 0);
  return sum + sum * taxRate;
}
`,
  "web/slug.js": `export function slug(title) {
  return title.replace(" ", "-");
}
`,
};

const FIXED_SLUG = `export function slug(title) {
  return title.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
`;

const FIXED_PRICE = `/** The total in cents, with tax, rounded half up. */
export function total(prices, taxRate) {
  const sum = prices.reduce((a, b) => a + b, 0);
  return Math.round(sum * (1 + taxRate));
}
`;

const PRICE_TEST = `import assert from "node:assert";
import { total } from "./price.js";

assert.equal(total([999, 1], 0.19), 1190);
assert.equal(total([], 0.19), 0);
`;

function result(
  goal_met: boolean,
  summary: string,
  followup_prompt = "",
  notes = "",
) {
  return { result: { goal_met, summary, followup_prompt, notes } };
}

/** The four runs that start together. */
export const DEMO_TASKS: readonly DemoTask[] = [
  {
    title: "Make slug() handle every title",
    profile: "spark",
    folder: "web",
    prompt:
      "In slug.js, make slug() return lower case words joined by single dashes for every title. Change nothing else.",
    steps: [
      {
        say:
          "slug() replaces only the first space. I will look at it and fix it.",
      },
      {
        run: {
          command: "cat slug.js",
          output: DEMO_FILES["web/slug.js"],
          exit_code: 0,
          ms: 300,
        },
      },
      { sleep_ms: 600 },
      { write: { path: "slug.js", text: FIXED_SLUG } },
      {
        run: {
          command:
            'node -e \'import("./slug.js").then(m => console.log(m.slug(" Big  Sale! ")))\'',
          output: "big-sale-\n",
          exit_code: 0,
          ms: 500,
        },
      },
      result(
        true,
        "slug() now lower-cases, and joins words with single dashes.",
        "",
        "A trailing dash is kept.",
      ),
    ],
    expected: "goal met",
  },
  {
    title: "Round totals to cents",
    profile: "spark",
    folder: "tax",
    prompt:
      "Write price.test.js, which proves that total() in price.js returns whole cents, and run it with node. Do not change price.js. The goal is met only if the test passes.",
    steps: [
      { say: "I will write the test first." },
      { write: { path: "price.test.js", text: PRICE_TEST } },
      {
        run: {
          command: "node price.test.js",
          output:
            "AssertionError: Expected values to be strictly equal:\n\n1190.0000000000001 !== 1190\n",
          exit_code: 1,
          ms: 700,
        },
      },
      result(
        false,
        "The test is there and fails: total() does not round.",
        "price.test.js is written and fails. Make total() in price.js round to whole cents, and run node price.test.js.",
      ),
    ],
    expected: "goal not met",
  },
  {
    title: "Review the price list",
    profile: "review",
    folder: ".",
    prompt:
      "Review tax/price.js and web/slug.js. Name what is wrong, most severe first. Change nothing.",
    steps: [
      { think: "Two short files. Rounding and the slug look wrong." },
      {
        run: {
          command: "git ls-files",
          output: "docs/README.md\ntax/price.js\nweb/slug.js\n",
          exit_code: 0,
          ms: 250,
        },
      },
      { sleep_ms: 900 },
      result(
        true,
        "price.js: totals are not rounded. slug.js: only the first space is replaced. No test covers either.",
      ),
    ],
    expected: "goal met",
  },
  {
    title: "Ask for a model that does not exist",
    profile: "spark",
    folder: "docs",
    prompt: "Say hello.",
    model: "no-such-model",
    steps: [
      { sleep_ms: 800 },
      {
        fail:
          "The model `no-such-model` does not exist (made up by the stand-in)",
      },
    ],
    expected: "failed",
  },
];

/** What the stand-in does when the run whose goal was not met is continued on `deep`. */
export const DEMO_FOLLOWUP: Pick<
  DemoTask,
  "profile" | "folder" | "steps" | "expected"
> = {
  profile: "deep",
  folder: "tax",
  steps: [
    { say: "total() multiplies floats and never rounds. One line fixes it." },
    { write: { path: "price.js", text: FIXED_PRICE } },
    {
      run: { command: "node price.test.js", output: "", exit_code: 0, ms: 600 },
    },
    result(true, "total() rounds to whole cents; node price.test.js passes."),
  ],
  expected: "goal met",
};

/** A prompt with the stand-in's steps below it; a real worker gets the prompt alone. */
export function demoPrompt(
  prompt: string,
  steps: readonly Record<string, unknown>[],
  standIn: boolean,
): string {
  if (!standIn) return prompt;
  return [
    prompt,
    "",
    ...steps.map((step) => `stand-in: ${JSON.stringify(step)}`),
  ].join("\n");
}

import { assertEquals } from "@std/assert";
import { toldLimits } from "../../src/transport/app_server/told_limits.ts";

const METHOD = "account/rateLimits/updated";

function told(rateLimits: unknown, method = METHOD) {
  return toldLimits({ method, params: { rateLimits } });
}

Deno.test("toldLimits() has each window that is told, and passes over what it does not know", () => {
  const primary = { usedPercent: 43, windowDurationMins: 300, resetsAt: 9 };
  const main = {
    ...{ limit: "codex", place: "primary", used_percent: 43 },
    ...{ window_minutes: 300, resets_at: 9 },
  };
  const cases: [unknown, unknown][] = [
    [{ limitId: "codex", primary, secondary: null }, [main]],
    [{ primary }, [main]],
    [{ limitId: "o", primary: null, secondary: { usedPercent: 1 } }, [{
      ...{ limit: "o", place: "secondary", used_percent: 1 },
      ...{ window_minutes: null, resets_at: null },
    }]],
    [{ primary: { usedPercent: "much" }, secondary: "half" }, []],
    ["none", null],
  ];
  for (const [given, expected] of cases) {
    assertEquals<unknown>(told(given), expected, JSON.stringify(given));
  }
  assertEquals(told({ primary }, "thread/started"), null);
});

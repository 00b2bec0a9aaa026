import { assertEquals } from "@std/assert";
import { startTimer } from "../../src/system/pausable_timer.ts";
import { within } from "../support/until.ts";

function ended(milliseconds: number) {
  const end = Promise.withResolvers<void>();
  let ends = 0;
  const timer = startTimer(milliseconds, () => {
    ends++;
    end.resolve();
  });
  const wait = () => within("the end of the timer", end.promise);
  return { timer, wait, ends: () => ends };
}

Deno.test("startTimer() stands still while it is paused, and for good once it is disposed", async () => {
  const paused = ended(20);
  paused.timer.pause();
  paused.timer.pause();
  const disposed = ended(20);
  disposed.timer.pause();
  disposed.timer[Symbol.dispose]();
  disposed.timer.resume();
  await ended(60).wait();
  assertEquals(paused.ends(), 0);
  paused.timer.resume();
  paused.timer.resume();
  await paused.wait();
  await ended(60).wait();
  assertEquals([paused.ends(), disposed.ends()], [1, 0]);
});

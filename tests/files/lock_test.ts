import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { acquireLock, isLocked, tryAcquireLock } from "../../src/files/lock.ts";
import {
  runSource,
  sourceProcess,
  sourceUrl,
} from "../system/source_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { within } from "../support/until.ts";

const LOCK = sourceUrl("src/files/lock.ts");
const UNTIL = sourceUrl("tests/support/until.ts");

Deno.test("tryAcquireLock() gives an exclusive lock to one and shared ones to many", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await tryAcquireLock(path);
  assert(first);
  assertEquals(await tryAcquireLock(path), null);
  assertEquals(await tryAcquireLock(path, { shared: true }), null);
  first.release();

  const shared = await tryAcquireLock(path, { shared: true });
  assert(shared);
  using alsoShared = await tryAcquireLock(path, { shared: true });
  assert(alsoShared);
  assertEquals(await tryAcquireLock(path), null);
});

Deno.test("Lock.release() may be called again and does not free what somebody else took meanwhile", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await acquireLock(path);
  first.release();
  using _second = await acquireLock(path);
  first.release();
  first[Symbol.dispose]();
  assert(await isLocked(path));
});

Deno.test("acquireLock() waits until the lock is free", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const order: string[] = [];
  const first = await acquireLock(path);
  const waiting = acquireLock(path).then((lock) => {
    order.push("acquired");
    lock.release();
  });
  assert(await isLocked(path));
  order.push("released");
  first.release();
  await within("the lock is granted", waiting);
  assertEquals(order, ["released", "acquired"]);
});

Deno.test("isLocked() sees exclusive holders only, and makes no file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  assertEquals(await isLocked(path), false);
  assertEquals([...Deno.readDirSync(folder.path)], []);
  const exclusive = await acquireLock(path);
  assertEquals(await isLocked(path), true);
  exclusive.release();
  assertEquals(await isLocked(path), false);
  using _shared = await acquireLock(path, { shared: true });
  assertEquals(await isLocked(path), false);
});

Deno.test("acquireLock() of a shared lock makes no file", async () => {
  await using folder = await temporaryFolder();
  await assertRejects(
    () => acquireLock(join(folder.path, "lock"), { shared: true }),
    Deno.errors.NotFound,
  );
});

Deno.test("isLocked() needs no write permission", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const source = `import { isLocked } from ${LOCK};
    console.log(await isLocked(Deno.args[0]));`;
  const look = () => runSource(source, { args: [path], permissions: ["-R"] });
  assertEquals(await look(), "false\n");
  using _lock = await acquireLock(path);
  assertEquals(await look(), "true\n");
});

Deno.test("acquireLock() is granted when the process that held the lock is killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using holder = await holdInProcess(path);
  assert(await isLocked(path));
  const granted = acquireLock(path);
  holder.kill();
  (await granted).release();
});

Deno.test("tryAcquireLock() and isLocked() work on a runtime without FsFile.tryLock()", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const look = () =>
    runSource(
      `Reflect.deleteProperty(Deno.FsFile.prototype, "tryLock");
       const { isLocked, tryAcquireLock } = await import(${LOCK});
       const [path] = Deno.args;
       using file = await Deno.open(path, { create: true, write: true });
       const locked = await isLocked(path);
       const lock = await tryAcquireLock(path);
       const again = lock && await tryAcquireLock(path);
       console.log("tryLock" in file, locked, lock !== null, again !== null);
       Deno.exit(0);`,
      { args: [path] },
    );
  assertEquals(await look(), "false false true false\n");
  {
    using _lock = await acquireLock(path);
    assertEquals(await look(), "false true false false\n");
  }
  assertEquals(await look(), "false false true false\n");
});

Deno.test("tryAcquireLock() that gave up does not take the lock later, also without FsFile.tryLock()", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const printed = await runSource(
    `Reflect.deleteProperty(Deno.FsFile.prototype, "tryLock");
     const { acquireLock, tryAcquireLock } = await import(${LOCK});
     const [path] = Deno.args;
     const first = await acquireLock(path);
     console.log(await tryAcquireLock(path));
     first.release();
     const second = await acquireLock(path);
     second.release();
     console.log("free");`,
    { args: [path] },
  );
  assertEquals(printed, "null\nfree\n");
});

Deno.test("isLocked() can be asked again and again, also without FsFile.tryLock()", async () => {
  await using folder = await temporaryFolder();
  // Each request left behind would keep a thread, and Deno has 32 of them.
  const printed = await runSource(
    `Reflect.deleteProperty(Deno.FsFile.prototype, "tryLock");
     const { acquireLock, isLocked } = await import(${LOCK});
     const { until } = await import(${UNTIL});
     const [folder] = Deno.args;
     const locks = [];
     for (let i = 0; i < 40; i++) locks.push(await acquireLock(folder + "/" + i));
     for (let i = 0; i < 40; i++) {
       if (!await isLocked(folder + "/0")) throw new Error("not locked");
     }
     const states = await Promise.all(locks.map((_, i) => isLocked(folder + "/" + i)));
     for (const lock of locks) lock.release();
     await until("the lock is free", async () => !await isLocked(folder + "/0"));
     console.log(states.every((state) => state));
     Deno.exit(0);`,
    { args: [folder.path] },
  );
  assertEquals(printed, "true\n");
});

async function holdInProcess(
  path: string,
): Promise<{ kill(): void } & AsyncDisposable> {
  const child = sourceProcess(
    `import { acquireLock } from ${LOCK};
     const lock = await acquireLock(Deno.args[0]);
     console.log("held");
     setTimeout(() => lock.release(), 1e9);`,
    { args: [path] },
  ).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  return {
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      await child.status;
      await reader.cancel();
      await child.stderr.cancel();
    },
  };
}

// Compiled as agentctl is, with its permissions; tries what agentctl must not be able to do, and says what came of it.
const [library = "", scratch = ""] = Deno.args;

const attempts: Record<string, () => unknown> = {
  "fetch": () => fetch("http://127.0.0.1:9/"),
  "connect": () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
  "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  "unix socket": () =>
    Deno.listen({ transport: "unix", path: `${scratch}/socket` }),
  "web socket": async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket("ws://127.0.0.1:9/");
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject((event as ErrorEvent).error ?? event);
    return await promise;
  },
  "resolve a name": () => Deno.resolveDns("example.com", "A"),
  "dlopen": () => Deno.dlopen(library, {}),
  "run sh": () => run("sh", "-c", "true"),
  "run ls": () => run("ls"),
  "run /bin/sh": () => run("/bin/sh", "-c", "true"),
  "run env": () => run("env"),
  "run a program of that name elsewhere": () => run(`${scratch}/git`),
  "run itself": () => run(Deno.execPath()),
  "run with LD_PRELOAD": () =>
    new Deno.Command("git", {
      args: ["--version"],
      env: { LD_PRELOAD: library },
    }).output(),
  "kill": () => Deno.kill(Deno.ppid, "SIGCONT"),
  "hostname": () => Deno.hostname(),
  "release": () => Deno.osRelease(),
  "interfaces": () => Deno.networkInterfaces(),
  "import": () => import(remote("http://127.0.0.1:9/mod.ts")),
  "import npm": () => import(remote("npm:left-pad@1.3.0")),
  "ask for net": async () => {
    const { state } = await Deno.permissions.request({ name: "net" });
    if (state !== "granted") throw new Error(state);
  },
  "ask for run": async () => {
    const { state } = await Deno.permissions.request({ name: "run" });
    if (state !== "granted") throw new Error(state);
  },
  "git": () => run("git", "--version"),
  "tmux": () => run("tmux", "-V"),
  "read": () => Deno.readDir(scratch)[Symbol.asyncIterator]().next(),
  "write": () => Deno.writeTextFile(`${scratch}/written`, ""),
  "environment": () => Deno.env.toObject(),
};

/** Not a constant, so that no compiler looks for it. */
function remote(specifier: string): string {
  return [...specifier].join("");
}

function run(program: string, ...args: string[]): Promise<unknown> {
  return new Deno.Command(program, { args }).output();
}

const outcomes: Record<string, string> = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    outcomes[name] = "done";
  } catch (error) {
    outcomes[name] = error instanceof Error ? error.name : String(error);
    const message = error instanceof Error ? error.message : "";
    if (/Requires \S+ access/.test(message)) outcomes[name] = "NotCapable";
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(outcomes)));
Deno.exit(0);

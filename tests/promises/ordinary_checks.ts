/** A check as people have them. */
export interface OrdinaryCheck {
  name: string;
  command: string;
  /** What it finds in its folder. */
  files?: Record<string, string>;
  /** Packages of npm without which it cannot be tried; they come from outside the tests. */
  packages?: readonly string[];
}

const SERVER_JS = `
const http = require("http");
const server = http.createServer((_, response) => response.end("hello"));
server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  const answer = await fetch("http://localhost:" + port).catch(() =>
    fetch("http://127.0.0.1:" + port));
  const text = await answer.text();
  server.close();
  process.exit(text === "hello" ? 0 : 1);
});`;

const SERVER_PY = `
import http.server, threading, urllib.request
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/" % server.server_port
assert urllib.request.urlopen(url).status == 200
`;

const GO = {
  "go.mod": "module example.com/a\n\ngo 1.18\n",
  "a_test.go": `package a

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil || answer.StatusCode != 404 {
		t.Fatal(answer, err)
	}
}
`,
};

const CARGO = {
  "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
  "src/lib.rs": `#[test]
fn listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
}
`,
};

/** Ordinary checks, of many kinds and tools. Most need nothing that is not there for the other tests. */
export const ORDINARY_CHECKS: readonly OrdinaryCheck[] = [
  {
    name: "shell",
    command: 'test "$(cat a.txt)" = hello',
    files: { "a.txt": "hello\n" },
  },
  {
    name: "shell that fails",
    command: "grep -q goodbye a.txt",
    files: { "a.txt": "hello\n" },
  },
  {
    name: "temporary files",
    command:
      'd=$(mktemp -d) && f=$(mktemp) && echo x > "$d/x" && cmp "$d/x" "$d/x" && rm -r "$d" "$f"',
  },
  {
    name: "background jobs",
    command: "sleep 0.1 & wait $! && (echo a; echo b) | sort -r | head -1",
  },
  {
    name: "words of confinement, without its doing",
    command:
      'echo "EROFS: read-only file system, open /nowhere/file"; echo "connect ENETUNREACH 10.0.0.1:80"; echo "Permission denied"; exit 1',
  },
  {
    name: "git log and diff",
    command:
      "git init -q r && cd r && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git diff --exit-code && git log --oneline | grep -q x",
  },
  {
    name: "git status of the folder",
    command: "git status --porcelain | grep -q a.txt",
    files: { "a.txt": "" },
  },
  {
    name: "make",
    command: "make -s -j2 all",
    files: { Makefile: "all: a b\n\na b:\n\techo $@ > $@.out\n" },
  },
  {
    name: "cc",
    command: "cc -o a a.c && ./a",
    files: { "a.c": "int main(void) { return 0; }\n" },
  },
  {
    name: "cmake and ctest",
    command:
      "cmake -S . -B build > log && cmake --build build > log && ctest --test-dir build -Q",
    files: {
      "CMakeLists.txt":
        "cmake_minimum_required(VERSION 3.10)\nproject(a C)\nenable_testing()\nadd_executable(a a.c)\nadd_test(NAME a COMMAND a)\n",
      "a.c": "int main(void) { return 0; }\n",
    },
  },
  {
    name: "prove",
    command: "prove -q t",
    files: { "t/a.t": "use Test::More tests => 1; ok(1);\n" },
  },
  {
    name: "python unittest",
    command: "python3 -m unittest -q",
    files: {
      "test_a.py":
        "import unittest, tempfile\nclass A(unittest.TestCase):\n  def test(self):\n    tempfile.TemporaryDirectory().cleanup()\n",
    },
  },
  {
    name: "python subprocess and pool",
    command: "python3 a.py",
    files: {
      "a.py":
        'import subprocess, multiprocessing\nassert subprocess.run(["echo", "x"], capture_output=True).stdout == b"x\\n"\nif __name__ == "__main__":\n  with multiprocessing.Pool(2) as pool: assert pool.map(abs, [-1, 2]) == [1, 2]\n',
    },
  },
  {
    name: "python server",
    command: "python3 a.py",
    files: { "a.py": SERVER_PY },
  },
  {
    name: "python socketpair and socket in a folder",
    command: "python3 a.py",
    files: {
      "a.py":
        'import socket, os\na, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"\ns = socket.socket(socket.AF_UNIX); s.bind("own.sock"); s.listen()\nc = socket.socket(socket.AF_UNIX); c.connect("own.sock"); os.unlink("own.sock")\n',
    },
  },
  {
    name: "pytest",
    command: "python3 -m pytest -q",
    files: {
      "test_a.py": "def test(tmp_path):\n  (tmp_path / 'a').write_text('x')\n",
    },
  },
  {
    name: "sqlite",
    command:
      `sqlite3 a.db "create table t(a); insert into t values (1); select * from t" | grep -q 1`,
  },
  {
    name: "node --test",
    command: "node --test",
    files: { "a.test.js": 'require("node:test")("a", () => {});\n' },
  },
  {
    name: "node --test that fails",
    command: "node --test",
    files: {
      "a.test.js":
        'require("node:test")("a", () => { throw new Error("EACCES: permission denied"); });\n',
    },
  },
  {
    name: "node child processes",
    command: "node a.js",
    files: {
      "a.js":
        'const c = require("child_process"); c.execFileSync("echo", ["x"]); c.spawnSync("sh", ["-c", "exit 0"]); const f = c.fork("b.js"); f.on("message", () => f.kill()); f.on("exit", () => process.exit(0));\n',
      "b.js": 'process.send("x"); setInterval(() => {}, 1000);\n',
    },
  },
  {
    name: "node workers and cluster",
    command: "node a.js",
    files: {
      "a.js":
        'const cluster = require("cluster"); if (cluster.isPrimary) { const w = cluster.fork(); w.on("listening", () => { w.kill(); process.exit(0); }); } else require("net").createServer().listen(0, "127.0.0.1");\n',
    },
  },
  {
    name: "node server",
    command: "node a.js",
    files: { "a.js": SERVER_JS },
  },
  {
    name: "npm test",
    command: "npm test --silent",
    files: {
      "package.json": '{"scripts": {"test": "node -e 0"}}',
    },
  },
  {
    name: "npm ci",
    command: "npm ci --silent --offline && npm test --silent",
    files: {
      "package.json":
        '{"name": "a", "version": "1.0.0", "scripts": {"test": "node -e 0"}}',
      "package-lock.json":
        '{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "a", "version": "1.0.0"}}}',
    },
  },
  {
    name: "deno test",
    command: "deno test -q -A",
    files: {
      "a_test.ts":
        'Deno.test("a", async () => { const s = Deno.serve({ port: 0, onListen() {} }, () => new Response("x")); await (await fetch("http://127.0.0.1:" + s.addr.port)).text(); await s.shutdown(); });\n',
    },
  },
  {
    name: "go test",
    command: "go test ./...",
    files: GO,
  },
  {
    name: "cargo test",
    command: "cargo test -q --offline",
    files: CARGO,
  },
  {
    name: "java",
    command: "java A.java",
    files: {
      "A.java":
        "import java.net.*; class A { public static void main(String[] a) throws Exception { try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) { new Socket(s.getInetAddress(), s.getLocalPort()).close(); } } }\n",
    },
  },
  {
    name: "mvn validate",
    command: "mvn -o -q validate",
    files: {
      "pom.xml":
        "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>\n",
    },
  },
  {
    name: "vitest",
    command: "npx vitest run",
    files: {
      "a.test.js":
        'import { expect, test } from "vitest"; test("a", () => expect(1).toBe(1));\n',
      "package.json": '{"type": "module"}',
    },
    packages: ["vitest"],
  },
  {
    name: "jest",
    command: "npx jest --ci",
    files: {
      "a.test.js": 'test("a", () => expect(1).toBe(1));\n',
      "b.test.js": 'test("b", () => expect(1).toBe(1));\n',
      "package.json": "{}",
    },
    packages: ["jest"],
  },
  {
    name: "mocha and supertest",
    command: "npx mocha a.spec.js",
    files: {
      "a.spec.js":
        'const app = require("express")(); app.get("/", (_, r) => r.send("x")); describe("a", () => it("b", () => require("supertest")(app).get("/").expect(200)));\n',
      "package.json": "{}",
    },
    packages: ["mocha", "supertest", "express"],
  },
  {
    name: "tsc",
    command: "npx tsc --noEmit a.ts",
    files: { "a.ts": "const a: number = 1;\nexport default a;\n" },
    packages: ["typescript"],
  },
  {
    name: "tsc that fails",
    command: "npx tsc --noEmit a.ts",
    files: { "a.ts": 'const a: number = "x";\nexport default a;\n' },
    packages: ["typescript"],
  },
  {
    name: "eslint",
    command: "npx eslint --no-eslintrc --cache a.js",
    files: { "a.js": "var a = 1;\n", "package.json": "{}" },
    packages: ["eslint"],
  },
  {
    name: "ava",
    command: "npx ava",
    files: {
      "test.js": 'import test from "ava"; test("a", t => t.pass());\n',
      "package.json": '{"type": "module"}',
    },
    packages: ["ava"],
  },
  {
    name: "writes into the home folder",
    command: 'echo x > "$HOME/of-a-check" && rm "$HOME/of-a-check"',
  },
  {
    name: "writes a protected path",
    command:
      "mkdir -p .claude && echo x > .claude/settings.json && rm -r .claude",
  },
  {
    name: "commits in its repository",
    command:
      "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x",
  },
];

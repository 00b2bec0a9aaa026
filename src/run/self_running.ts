import { once } from "../system/once.ts";
import { ignore } from "../system/ignore.ts";

/**
 * Files that a program runs or obeys although nobody names them: when a folder is
 * opened or entered, at a commit, at a push, when packages are installed, or when a
 * shell, an editor or an agent starts. By program, with names at any depth and in
 * any case: for a folder, which ends with `/`, everything in it counts; `*` stands
 * for anything but a slash.
 */
const TABLE: Readonly<Record<string, string>> = {
  "Claude Code":
    ".claude/ .claude.json .claude-plugin/ .mcp.json claude.md claude.local.md",
  Codex: ".codex/ .agents/ agents.md agents.override.md",
  agentctl: ".ai-orch/ .worktreeinclude",
  "a coding agent":
    ".gemini/ gemini.md .cursor/ .cursorrules .windsurf/ .windsurfrules .clinerules .clinerules/ .cline/ .roo/ .roorules .roomodes .aider.* .continue/ .continuerc.json .junie/ .kiro/ .amazonq/ .opencode/ opencode.json opencode.jsonc .goosehints .goose/ .crush.json .crush/ .trae/ .qwen/ qwen.md .augment/ .augment-guidelines .rules .warp/ warp.md .factory/ .openhands/ .copilot/ copilot-instructions.md .github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ .github/hooks/",
  git:
    ".git .git/ .gitattributes .gitmodules .gitconfig .lfsconfig .githooks/ .git-hooks/ .git_hooks/ .config/git/",
  "a git hook":
    ".husky/ .huskyrc .huskyrc.* lefthook.* .lefthook.* lefthook-local.* .lefthook-local.* .lefthook/ .lefthook-local/ .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml prek.toml .overcommit.yml .overcommit/ .simple-git-hooks.* simple-git-hooks.* .lintstagedrc .lintstagedrc.* lint-staged.config.* .commitlintrc .commitlintrc.* commitlint.config.* .captainhook/ captainhook.json .rusty-hook.toml .cargo-husky/",
  "the shell":
    ".bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .login .inputrc .config/fish/ .config/nushell/ .pam_environment .xprofile .xinitrc .xsessionrc .config/autostart/ .config/systemd/ .config/environment.d/ launchagents/ .ssh/",
  "a directory hook":
    ".envrc .envrc.* .direnvrc .autoenv .autoenv.zsh .autoenv_leave.zsh .mise.toml .mise.*.toml mise.toml mise.*.toml .mise/ .rtx.toml .rtx/ .tool-versions",
  "an editor":
    ".vscode/ .vscode-server/ *.code-workspace .vs/ .idea/ *.iml *.ipr .fleet/ .zed/ .nova/ .settings/ .sublime/ *.sublime-project .helix/ .vim/ .nvim/ .vimrc .gvimrc .exrc .nvimrc .lvimrc .local.vimrc .nvim.lua .dir-locals.el .dir-locals-2.el .projectile .kateproject .kakrc .theia/ .idx/ .project .classpath",
  "a container":
    ".devcontainer/ .devcontainer.json .gitpod.yml .gitpod/ .replit replit.nix devcontainer.json",
  CI:
    ".github/workflows/ .github/actions/ .gitlab-ci.yml .gitlab-ci.yaml .gitlab/ci/ .gitlab/.gitlab-ci.yml .circleci/ .travis.yml jenkinsfile jenkinsfile.* azure-pipelines.yml azure-pipelines.yaml .azure-pipelines/ bitbucket-pipelines.yml .drone.yml .drone.star .woodpecker/ .woodpecker.yml .woodpecker.yaml .buildkite/ .forgejo/workflows/ .gitea/workflows/ .appveyor.yml appveyor.yml .teamcity/ .builds/ .build.yml .cirrus.yml .cirrus.star .semaphore/ .tekton/ .harness/ buildspec.yml buildspec.yaml cloudbuild.yaml cloudbuild.yml wercker.yml .evergreen.yml .prow.yaml .taskcluster.yml .zuul.yaml .zuul.d/ netlify.toml",
  "a package manager":
    ".npmrc .yarnrc .yarnrc.yml .yarn/ .pnp.cjs .pnp.js .pnp.loader.mjs .pnpmfile.cjs .pnpmfile.mjs pnpmfile.cjs pnpmfile.js bunfig.toml .bunfig.toml .cargo/ rust-toolchain rust-toolchain.toml .mvn/ init.gradle .bundle/config .bazelrc .bazeliskrc tools/bazel .pip/ pip.conf .condarc directory.build.props directory.build.targets directory.packages.props nuget.config .config/dotnet-tools.json .buckconfig",
  "an interpreter":
    "sitecustomize.py usercustomize.py site-packages/*.pth .pythonrc .pythonrc.py .pdbrc .pdbrc.py .ipython/ .jupyter/ .irbrc .pryrc .rprofile .renviron .gdbinit .lldbinit .gdbearlyinit .ghci .ocamlinit .sbtopts .jvmopts .rspec .psqlrc .sqliterc .user.ini .htaccess",
  "a watcher":
    ".watchmanconfig .guardfile guardfile .vercel/ vercel.json .devenv/ .flox/",
};

/** What git calls at a commit, a push and so on, in whatever folder `core.hooksPath` names. */
const GIT_HOOK =
  /^(?:applypatch-msg|(?:pre|post)-applypatch|(?:pre|post)-commit|pre-merge-commit|prepare-commit-msg|commit-msg|pre-rebase|post-(?:checkout|merge|rewrite)|pre-push|(?:pre|post)-receive|post-update|push-to-checkout|pre-auto-gc|sendemail-validate|fsmonitor-watchman|reference-transaction|p4-[a-z-]+)(?:\.[a-z0-9]+)?$/;

/** A script whose name begins with a dot is meant for a tool that looks for it. */
const DOT_SCRIPT =
  /^\.[^/]+\.(?:[cm]?[jt]s|py|rb|pl|lua|el|vim|sh|bash|zsh|fish|nu|ps1|bat|cmd)$/;

/** Scripts of a `package.json` that a package manager runs on its own, when packages are installed or linked. */
const LIFECYCLE = [
  ...["preinstall", "install", "postinstall", "prepublish", "preprepare"],
  ...["prepare", "postprepare", "dependencies", "pnpm:devPreinstall"],
];

/** Other keys in it that make programs run: hooks, and the source of the package manager itself. */
const OBEYED = [
  ...["husky", "gitHooks", "simple-git-hooks", "lint-staged", "pre-commit"],
  "packageManager",
];

/** A link in the place of a folder counts as well. */
const matchers = once(() =>
  Object.entries(TABLE).map(([program, names]) => {
    const patterns = names.split(" ").map((name) =>
      name.replace(/\/$/, "").replace(/[.+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", "[^/]*")
    );
    return {
      program,
      pattern: new RegExp(`/(?:${patterns.join("|")})(?:/|$)`),
    };
  })
);

/** The program that runs or obeys a file on its own, given its path from the top level; `null` if none is known. A folder ends with a slash. */
export function runsByItself(path: string): string | null {
  const plain = `/${asFileSystemsSee(path)}`;
  for (const { program, pattern } of matchers()) {
    if (pattern.test(plain)) return program;
  }
  const name = plain.slice(plain.lastIndexOf("/") + 1);
  if (GIT_HOOK.test(name)) return "git";
  return DOT_SCRIPT.test(name) ? "a tool" : null;
}

/** Some file systems treat names as the same despite different case, other spellings, invisible characters or trailing dots. */
function asFileSystemsSee(path: string): string {
  return path.normalize("NFKC").toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/[. ]+(?=\/|$)/g, "");
}

/** Whether a file is a package manifest, only part of which runs on its own. */
export function isManifest(path: string): boolean {
  return /(?:^|\/)package\.json$/i.test(path);
}

/** The parts of a `package.json` that run on their own, in a form that can be compared; empty if none do. */
export function selfRunningPart(manifest: string): string {
  try {
    const { scripts, ...rest } = JSON.parse(manifest) ?? {};
    const found = [
      ...LIFECYCLE.map((name) => [name, scripts?.[name]]),
      ...OBEYED.map((name) => [name, rest[name]]),
    ].filter(([, value]) => value !== undefined);
    return found.length === 0 ? "" : JSON.stringify(found);
  } catch (error) {
    ignore(error, "nothing of a file that is not JSON runs");
    return "";
  }
}

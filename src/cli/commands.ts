import type { Command } from "./command.ts";

/** A command by its name; what it needs is loaded when it is called. */
export interface CommandEntry {
  name: string;
  /** Not shown to people. */
  hidden?: boolean;
  load(): Promise<Command>;
}

/** All commands, in the order in which a person meets them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "orch",
    load: async () => (await import("./orch.ts")).orchCommand,
  },
  {
    name: "start",
    load: async () => (await import("./start.ts")).startCommand,
  },
  { name: "wait", load: async () => (await import("./wait.ts")).waitCommand },
  { name: "show", load: async () => (await import("./show.ts")).showCommand },
  { name: "list", load: async () => (await import("./list.ts")).listCommand },
  {
    name: "stats",
    load: async () => (await import("./stats.ts")).statsCommand,
  },
  {
    name: "inbox",
    load: async () => (await import("./inbox.ts")).inboxCommand,
  },
  {
    name: "ack",
    load: async () => (await import("./ack.ts")).ackCommand,
  },
  {
    name: "resume",
    load: async () => (await import("./resume.ts")).resumeCommand,
  },
  {
    name: "rerun",
    load: async () => (await import("./rerun.ts")).rerunCommand,
  },
  { name: "send", load: async () => (await import("./send.ts")).sendCommand },
  { name: "stop", load: async () => (await import("./stop.ts")).stopCommand },
  { name: "diff", load: async () => (await import("./diff.ts")).diffCommand },
  {
    name: "merge",
    load: async () => (await import("./merge.ts")).mergeCommand,
  },
  {
    name: "discard",
    load: async () => (await import("./discard.ts")).discardCommand,
  },
  {
    name: "chain",
    load: async () => (await import("./chain.ts")).chainCommand,
  },
  {
    name: "release",
    load: async () => (await import("./release.ts")).releaseCommand,
  },
  {
    name: "pause",
    load: async () => (await import("./pause.ts")).pauseCommand,
  },
  {
    name: "unpause",
    load: async () => (await import("./unpause.ts")).unpauseCommand,
  },
  {
    name: "clean",
    load: async () => (await import("./clean.ts")).cleanCommand,
  },
  { name: "tail", load: async () => (await import("./tail.ts")).tailCommand },
  { name: "init", load: async () => (await import("./init.ts")).initCommand },
  {
    name: "trust",
    load: async () => (await import("./trust.ts")).trustCommand,
  },
  {
    name: "add-project",
    load: async () => (await import("./add_project.ts")).addProjectCommand,
  },
  {
    name: "projects",
    load: async () => (await import("./projects.ts")).projectsCommand,
  },
  {
    name: "remove-project",
    load: async () =>
      (await import("./remove_project.ts")).removeProjectCommand,
  },
  {
    name: "prompt",
    load: async () => (await import("./prompt.ts")).promptCommand,
  },
  {
    name: "doctor",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  { name: "mcp", load: async () => (await import("./mcp.ts")).mcpCommand },
  {
    name: "claude",
    load: async () => (await import("./claude.ts")).claudeCommand,
  },
  { name: "demo", load: async () => (await import("./demo.ts")).demoCommand },
  {
    name: "_orch",
    hidden: true,
    load: async () => (await import("./orch_pane.ts")).orchPaneCommand,
  },
  {
    name: "_hook",
    hidden: true,
    load: async () => (await import("./hook.ts")).hookCommand,
  },
  {
    name: "_supervise",
    hidden: true,
    load: async () => (await import("./supervise.ts")).superviseCommand,
  },
  {
    name: "_wake",
    hidden: true,
    load: async () => (await import("./wake.ts")).wakeCommand,
  },
  {
    name: "_stand_in",
    hidden: true,
    load: async () => (await import("./stand_in.ts")).standInCommand,
  },
];

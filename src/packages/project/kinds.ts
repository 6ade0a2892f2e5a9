import type { Isolation } from '../manifest/manifest.ts'

/** What a new project is about: its files stand in a folder of packaging/templates. */
export interface ProjectKind {
  /** What it does, as the end of "a plugin that …". */
  readonly text: string
  /** Where it may run; a script is no package, and runs in the sandbox alone. */
  readonly isolation: Isolation | 'script'
  /** What to type once `gateway dev` serves it. */
  readonly ask: string
}

/** What can be created. */
export const PROJECT_KINDS = {
  handler: {
    text: 'answers requests',
    isolation: 'either',
    ask: 'curl -i http://127.0.0.1:8080/hello/ann',
  },
  filter: {
    text: 'changes responses on their way to the client',
    isolation: 'either',
    ask: 'curl -i http://127.0.0.1:8080/',
  },
  balancer: {
    text: 'chooses the peer that is asked',
    isolation: 'either',
    ask: 'curl -i http://127.0.0.1:8080/',
  },
  access: {
    text: 'decides who is let in',
    isolation: 'either',
    ask: "curl -i -H 'X-Key: open sesame' http://127.0.0.1:8080/",
  },
  variable: {
    text: 'defines a variable for logs, headers and conditions',
    isolation: 'either',
    ask: 'curl -i -A Mobile http://127.0.0.1:8080/',
  },
  protocol: {
    text: 'speaks another protocol with a server',
    isolation: 'native',
    ask: 'curl -i http://127.0.0.1:8080/greeting',
  },
  script: {
    text: 'answers the requests of a location, in the sandbox',
    isolation: 'script',
    ask: 'curl -i http://127.0.0.1:8080/hello/ann',
  },
} as const satisfies Readonly<Record<string, ProjectKind>>

export type KindName = keyof typeof PROJECT_KINDS

/** Their names. */
export const KIND_NAMES = Object.keys(PROJECT_KINDS) as readonly KindName[]

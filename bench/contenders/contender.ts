import type { Work } from '../work.ts'

/** The names of the servers compared. */
export type ContenderName =
  | 'gateway'
  | 'nginx'
  | 'haproxy'
  | '@fastify/http-proxy'
  | 'http-proxy'
  | 'httpxy'
  | 'gateway, return'
  | 'nginx + njs'
  | 'nginx + lua'
  | 'workerd'
  | 'isolated-vm'
  | 'quickjs-emscripten'

/** How to run one contender for one work. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  /** Files to write into the contender's folder first. */
  readonly files: Readonly<Record<string, string>>
}

/** A server that can be compared. */
export interface Contender {
  readonly name: ContenderName
  /** Why it cannot run here; undefined when it can. */
  missing(): string | undefined
  launch(work: Work, port: number, dir: string): Launch
}

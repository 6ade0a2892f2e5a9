import type { Mark } from '../../kernel/directive/mark.ts'

// What `gateway explain --json` prints. The reference describes it: names stay, more may come.

/** The request that is explained, as the gateway understood it. */
export interface ExplainedRequest {
  readonly method: string
  /** As sent. */
  readonly target: string
  /** In lower case, without port. */
  readonly host: string
  /** Decoded and cleaned, as locations are matched with. */
  readonly uri: string
  /** Behind the question mark; null where there is none. */
  readonly args: string | null
}

/** Something that was chosen, or was not, with the reason. */
export interface Choice {
  readonly name: string
  /** Where it is written. */
  readonly mark: Mark
  readonly reason: string
}

/** What was chosen, and what else there was. */
export interface Chosen extends Choice {
  readonly others: readonly Choice[]
}

export interface ExplainedLocation extends Chosen {
  /** The request is answered with 301 and this path. */
  readonly redirect: string | null
  /** Closed to clients: 404. */
  readonly internal: boolean
}

export interface ExplainedDirective {
  readonly name: string
  readonly args: readonly string[]
  readonly mark: Mark
  /** On one line, with its block where it has one. */
  readonly text: string
}

export interface ExplainedPeer {
  readonly name: string
  readonly weight: number
  readonly state: 'up' | 'backup' | 'down'
  readonly maxConns: number
  readonly maxFails: number
  /** In milliseconds. */
  readonly failTimeout: number
}

export interface ExplainedUpstream {
  readonly name: string
  /** Of its block; null where an address stands for itself. */
  readonly mark: Mark | null
  /** The directive that names it. */
  readonly by: ExplainedDirective
  /** Null where variables lead somewhere that cannot be told. */
  readonly balancer: string | null
  /** Who is asked first, where that is known without what was asked before. */
  readonly first: string | null
  readonly reason: string
  readonly peers: readonly ExplainedPeer[]
}

/** A directive that was not run, and may lead the request elsewhere. */
export interface NotRun extends ExplainedDirective {
  readonly phase: string
}

/** What a configuration does with a request. */
export interface Explanation {
  readonly request: ExplainedRequest
  /** Why the request is answered with an error before anything is looked for. */
  readonly refused: { readonly status: number; readonly reason: string } | null
  readonly listen: Chosen
  readonly server: Chosen
  /** Null where the request is refused. Without a name: the server itself answers. */
  readonly location: ExplainedLocation | null
  /** In the order in which they are asked. */
  readonly handlers: readonly { readonly phase: string; readonly plugin: string }[]
  readonly filters: readonly { readonly stage: string; readonly plugin: string }[]
  readonly directives: readonly ExplainedDirective[]
  readonly upstreams: readonly ExplainedUpstream[]
  readonly notRun: readonly NotRun[]
}

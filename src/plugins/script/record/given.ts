import type { Mark, Node, OpenPhase, PeerSettings, Scope, Shape, Stage } from 'gateway/plugin'

/** A mark as a plugin record sees it: without the path of a file, and with its number. */
export interface GivenMark extends Mark {
  readonly file: ''
  readonly number: number
}

/** A line of a block, as a plugin record sees it. */
export interface GivenNode extends Node {
  readonly block?: readonly GivenNode[]
  readonly mark: GivenMark
}

/** An occurrence of a directive, as a plugin record reads it. */
export interface GivenEntry extends GivenNode {
  /** Its number among those that are given. */
  readonly number: number
  readonly scope: Scope
}

/** Occurrences by the words under which their values are wanted; words without any are absent. */
export type GivenEntries = Readonly<Record<string, readonly GivenEntry[]>>

/** A peer that a record's balancer chooses among. */
export type GivenPeer = Omit<PeerSettings, 'address'>

/** What an image of a plugin record is loaded for. */
export type Given =
  /** To tell what it declares; variables are computed by this one, too. */
  | { readonly kind: 'declaration' }
  /** For its handlers and filters in one place. */
  | { readonly kind: 'place'; readonly entries: GivenEntries }
  /** For the variables that a directive defines. */
  | { readonly kind: 'definition'; readonly entries: GivenEntries }
  /** For its balancer in one upstream. */
  | {
      readonly kind: 'balancer'
      readonly entries: GivenEntries
      readonly upstream: string
      readonly peers: readonly GivenPeer[]
    }

/** A directive as a record declares it: `Directive` without what cannot cross. */
export interface DeclaredDirective {
  readonly words: readonly string[]
  readonly doc: string
  readonly scopes: readonly Scope[]
  readonly shape: Shape
  readonly repeat: boolean
  /** Equal numbers are one sequence. */
  readonly sequence: number | undefined
  readonly inherits: 'replace' | 'never' | 'branch'
  readonly claims: 'content' | undefined
}

/** What a plugin record declares. */
export interface Declaration {
  readonly name: string
  readonly doc: string | undefined
  readonly directives: readonly DeclaredDirective[]
  /** The phases it has handlers for. */
  readonly phases: readonly OpenPhase[]
  /** The stages it has filters for. */
  readonly stages: readonly Stage[]
  /** Sentences for the reference, by name. */
  readonly variables: Readonly<Record<string, string>>
  readonly families: Readonly<Record<string, string>>
  readonly balances: boolean
  readonly always: boolean
  readonly wraps: boolean
  readonly choosesBy: 'request' | undefined
  /** Parts of the record that cannot be had here. */
  readonly unportable: readonly string[]
}

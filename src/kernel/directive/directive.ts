import type { SharedZone, ZoneKind } from '../../storage/zone/shared-zone.ts'
import type { Branch } from '../phase/branch.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Template } from '../variable/template.ts'
import type { Getter, Setter } from '../variable/variable.ts'
import type { Mark } from './mark.ts'

/** Where a directive may stand. */
export const SCOPES = [
  'main',
  'events',
  'http',
  'upstream',
  'server',
  'location',
  /** An `if` in a location. */
  'if',
  /** An `if` in a server, where no location is known yet. */
  'server-if',
  /** What counts for some methods in a location. */
  'limit_except',
] as const
export type Scope = (typeof SCOPES)[number]

/** One directive as read from a file, before anyone knows its meaning. */
export interface Node {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Node[]
  readonly mark: Mark
}

/** What a directive's arguments look like; errors, JSON Schema, docs and completion come from it. */
export interface Shape {
  readonly kind:
    | 'flag'
    | 'number'
    | 'size'
    | 'time'
    | 'enum'
    | 'text'
    | 'path'
    | 'template'
    | 'params'
    | 'block'
  /** Fewest and most arguments. */
  readonly min: number
  readonly max: number
  /** The words of an enum, or the known `key=value` keys and flags of params. */
  readonly words?: readonly string[]
  /** A plain value in the place of its block is this line of it. */
  readonly shorthand?: string
  /** Lines of its block are a word and a value, so that text in YAML's quotes is one of them. */
  readonly lines?: 'pairs'
  /** How the arguments are written in the reference, nginx's way: `size`, `code ... uri`. */
  readonly usage: string
}

/**
 * One occurrence of a directive while it is read, with what a reader may need to turn its
 * arguments into their final form.
 */
export interface Entry {
  /** The word as written: words that share one directive (`allow`, `deny`) fold into one value. */
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Node[]
  /** Of a directive that `opens` a block: what that comes to. */
  readonly branch?: Branch
  readonly mark: Mark
  /** The scope it stands in. */
  readonly scope: Scope
  /** The words its block was opened with, as those behind `location`. */
  readonly within?: readonly string[]
  /** Parses a string with `$variables`; an unknown variable is an error at this mark. */
  template(text: string): Template
  /** The getter of `$name`. */
  variable(name: string): Getter
  /**
   * The getter of `$name`, or undefined where there is no such variable. Also to be asked later, for
   * names that only a request brings (a page's, say).
   */
  lookUp(name: string): Getter | undefined
  /** Declares `$name` with a getter of the caller's (map, geo, split_clients, set). */
  define(name: string, getter: Getter): void
  /**
   * The way to give `$name` a value for a request, whoever defines it; `unset` is asked for the
   * value where nobody has given it one. A variable that nobody may change is an error.
   */
  assign(name: string, unset: Getter): Setter
  /**
   * The upstream of this name, or an implicit one for `host:port` and `unix:/path`; a host alone is
   * reached at `port`, or at 80.
   */
  upstream(name: string, port?: number): Upstream
  /** The shared zone of this name, declared here if `size` is given, in bytes; else somewhere. */
  zone(name: string, kind: ZoneKind, size?: number): SharedZone
  /** An absolute path: `file` paths are relative to the naming file, `prefix` paths to `-p`. */
  path(text: string, relativeTo: 'file' | 'prefix'): string
  /** A regular expression in nginx's spelling; its named groups become variables. */
  regex(source: string, flags?: 'i' | ''): RegExp
  /** The same for a line of its block: what is refused or warned of stands at that mark. */
  at(mark: Mark): Entry
  /** Refuses the directive; `text` is a lower-case fragment naming the thing and its value. */
  fail(text: string, hint?: string): never
  /** Accepts it with a warning in the log and in `-t`. */
  warn(text: string): void
}

/** One configuration word. */
export interface Directive<Value> {
  /** One or two sentences for the reference and for editors. */
  readonly doc: string
  readonly scopes: readonly Scope[]
  /** The value where it is set nowhere. */
  readonly initial: Value
  readonly shape: Shape
  /** May stand several times in one block; `add` then folds the occurrences. */
  readonly repeat?: boolean
  /**
   * Directives that name the same sequence are one in what they do: their occurrences in a block
   * are folded into one value in the order written, which each of them then has.
   */
  readonly sequence?: symbol
  /** By the scope it stands in: the scope of its block, where that holds directives again. */
  readonly opens?: Readonly<Partial<Record<Scope, Scope>>>
  /**
   * `replace`: set here, else set above, else `initial` · `branch`: where it stands, and in an `if`
   * there · `never`: only where it stands.
   */
  readonly inherits: 'replace' | 'branch' | 'never'
  /** The location's content comes from this directive; two claims in one location are an error. */
  readonly claims?: 'content'
  /** Why it is accepted and changes nothing; `-t -v` lists those that are written. */
  readonly idle?: string
  /** What a block comes to that inherits one value and writes another; else what is written counts. */
  join?(here: Value, above: Value): Value
  /** The final value; `before` is what earlier occurrences in the same block gave. */
  read(entry: Entry, before: Value | undefined): Value
}

// biome-ignore lint/suspicious/noExplicitAny: a table of directives of different values
export type Directives = Readonly<Record<string, Directive<any>>>

/** What a plugin's directives amount to in one place. */
export type ConfigOf<D extends Directives> = {
  readonly [K in keyof D]: D[K] extends Directive<infer V> ? V : never
}

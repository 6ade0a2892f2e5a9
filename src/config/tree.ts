import type { Mark } from '../kernel/directive/mark.ts'

/**
 * A place in a tree: index of the source, line, column (from 1), and the line of what ends it where
 * that is another. Short, since there are many.
 */
export type At = readonly [source: number, line: number, column: number, ends?: number]

/** A scalar as written; `quoted` when YAML's own quotes stood around it. */
export interface RawText {
  readonly text: string
  readonly quoted?: true
  readonly at: At
}

interface RawList {
  readonly list: readonly RawValue[]
  readonly at: At
}

export interface RawMap {
  readonly map: readonly RawPair[]
  readonly at: At
}

/** Arguments that are split already, a directive in nginx's spelling; with the content of its block. */
export interface RawWords {
  readonly words: readonly string[]
  readonly content?: readonly RawPair[]
  readonly at: At
}

/** A value before anyone knows whether it is arguments, parameters or a block. */
export type RawValue = RawText | RawList | RawMap | RawWords

/** One key with its value. */
export interface RawPair {
  readonly key: RawText
  readonly value: RawValue
  /** Of an `include`: the sources it names, which take its place. */
  readonly sources?: readonly number[]
}

/** A file of the configuration, or the command line. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly pairs: readonly RawPair[]
}

/**
 * A configuration as read, with every file it is made of: plain data, so that it can be sent to
 * another process as JSON and compiled there without touching a file again.
 */
export interface ConfigTree {
  /** The main file is source 0. */
  readonly path: string
  /** Relative paths of logs, `root` and the like start here. */
  readonly prefix: string
  readonly sources: readonly Source[]
  /** Directives of the command line (`-g`): a source. */
  readonly globals: number | undefined
}

/** The path under which directives of the command line are reported. */
export const COMMAND_LINE = '<command line>'

/** A place for people. */
export function markOf(tree: Pick<ConfigTree, 'sources'>, at: At): Mark {
  const [source, line, column, ends] = at
  const mark = { file: tree.sources[source]?.path ?? '', line, column }
  return ends === undefined ? mark : { ...mark, ends }
}

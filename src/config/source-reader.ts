import { resolve } from 'node:path'
import { globSync } from 'tinyglobby'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { ConfigErrors } from './config-errors.ts'
import { contentPairs } from './content.ts'
import { folderOf } from './folder-of.ts'
import { MAX_FILES, MAX_INCLUDE_DEPTH, MAX_NODES } from './limits.ts'
import { loadFile, type Overlay } from './load-file.ts'
import { readNginx } from './nginx-conf/read.ts'
import { readYaml } from './read-yaml.ts'
import { type Syntax, syntaxOf } from './syntax.ts'
import type { RawPair, RawText, Source } from './tree.ts'

type Filling = { -readonly [K in keyof Source]: Source[K] }

/** Reads files and what they include, each once. Collects what is wrong with them. */
export class SourceReader {
  readonly sources: Filling[] = []
  readonly errors: ConfigError[] = []
  /** Values of a source with all that it includes, by index; undefined while it is being read. */
  readonly #nodes: (number | undefined)[] = []
  readonly #overlay: Overlay | undefined

  constructor(overlay: Overlay | undefined) {
    this.#overlay = overlay
  }

  /** Reads a file and what it includes; returns its index. `from` is the `include` that asked. */
  file(path: string, from: Mark, depth: number): number {
    const known = this.sources.findIndex((source) => source.path === path)
    if (known >= 0) {
      if (this.#nodes[known] !== undefined) return known
      throw new ConfigError(from, `"${path}" includes itself`)
    }
    if (depth > MAX_INCLUDE_DEPTH) {
      throw new ConfigError(from, `includes are nested deeper than ${MAX_INCLUDE_DEPTH}`)
    }
    if (this.sources.length >= MAX_FILES) {
      throw new ConfigError(from, `more than ${MAX_FILES} files`)
    }
    return this.text(path, loadFile(path, from, this.#overlay), syntaxOf(path), depth)
  }

  /** Takes a text as the content of `path`. */
  text(path: string, text: string, syntax: Syntax, depth = 0): number {
    const index = this.#open(path, text)
    let included = 0
    this.#attempt(() => {
      const { pairs, nodes } = this.#read(index, syntax, (pattern) => {
        const found = this.#include(pattern, path, depth)
        for (const each of found) included += this.#nodes[each] ?? 0
        return found
      })
      this.#close(index, pairs)
      included += nodes
    })
    this.#nodes[index] = included
    if (included > MAX_NODES) {
      const mark = { file: path, line: 1, column: 1 }
      this.errors.push(new ConfigError(mark, `more than ${MAX_NODES} values with all includes`))
      this.throwIfAny()
    }
    return index
  }

  throwIfAny(): void {
    if (this.errors.length > 0) throw new ConfigErrors(this.errors, this.sources)
  }

  #read(index: number, syntax: Syntax, include: (pattern: RawText) => readonly number[]) {
    const { path, text } = this.sources[index] as Source
    if (syntax === 'nginx') return readNginx(text, index, path, include)
    const { value, nodes } = readYaml(text, index, path, include)
    return { pairs: value ? contentPairs(value, this.sources) : [], nodes }
  }

  #open(path: string, text: string): number {
    this.#nodes.push(undefined)
    return this.sources.push({ path, text, pairs: [] }) - 1
  }

  #close(index: number, pairs: readonly RawPair[]): void {
    const source = this.sources[index]
    if (source) source.pairs = pairs
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.errors.push(error)
    }
  }

  #include(pattern: RawText, file: string, depth: number): number[] {
    const from: Mark = { file, line: pattern.at[1], column: pattern.at[2] }
    const found: number[] = []
    for (const path of expand(pattern.text, folderOf(file, this.sources[0]?.path))) {
      // One bad include must not hide what is wrong with the next.
      this.#attempt(() => found.push(this.file(path, from, depth + 1)))
    }
    return found
  }
}

/** The files a pattern names, in alphabetical order; a plain name stands for itself. */
function expand(pattern: string, folder: string): string[] {
  if (!/[*?[{]/.test(pattern)) return [resolve(folder, pattern)]
  return globSync(pattern, { cwd: folder, absolute: true, expandDirectories: false }).sort()
}

import { readFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'

/** A fenced piece of code on a page: ```yaml server. */
export interface Example {
  readonly page: string
  readonly line: number
  /** `yaml`, `ts`, `text`. */
  readonly language: string
  /** What follows the language: a file's name, or the block a piece of YAML stands in. */
  readonly label: string
  readonly text: string
}

/** Every page of the documentation, as a path. */
export const PAGES: readonly string[] = globSync('{*.md,docs/**/*.md,plugins-examples/**/*.md}', {
  ignore: ['node_modules/**'],
}).sort()

/** The text of a page. */
export function pageText(page: string): string {
  return readFileSync(page, 'utf8')
}

/** All examples on a page, in order. */
export function examplesOn(page: string): Example[] {
  const source = pageText(page)
  return [...source.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map((hit) => ({
    page,
    line: source.slice(0, hit.index).split('\n').length,
    language: hit[1] ?? '',
    label: hit[2] ?? '',
    text: hit[3] ?? '',
  }))
}

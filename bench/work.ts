import type { Scripted } from './contenders/scripted.ts'

/** What a server under test has to do; each contender turns it into its own configuration. */
export type Work =
  | { readonly kind: 'return'; readonly http2?: boolean }
  | { readonly kind: 'logged' }
  | { readonly kind: 'limited'; readonly root: string }
  | { readonly kind: 'rewritten' }
  | { readonly kind: 'secure'; readonly http2?: boolean; readonly workers?: number }
  | { readonly kind: 'proxy'; readonly origin: number; readonly streaming: boolean }
  | { readonly kind: 'static'; readonly root: string; readonly gzip: boolean }
  | {
      readonly kind: 'filtered'
      readonly root: string
      readonly filter: 'ssi' | 'sub_filter'
    }
  | { readonly kind: 'guarded'; readonly root: string; readonly users: string }
  | { readonly kind: 'compressed'; readonly root: string }
  | { readonly kind: 'script'; readonly script: Scripted }
  | { readonly kind: 'tunnel'; readonly origin: number; readonly workers: number }
  | { readonly kind: 'locations'; readonly count: number }

/** A rate nobody reaches: what is measured is the counting. */
export const LIMIT = { rate: 1_000_000, burst: 1_000_000 } as const

/** What `sub_filter` replaces: a word that is there often, and one that is not there. */
export const SUBSTITUTIONS = [
  ['children', 'offspring'],
  ['http://old.example', 'https://new.example'],
] as const

/** What `return` answers, everywhere. */
export const GREETING = 'Hello, world!'

/** The path of location number `index` in a `locations` work. */
export function locationPath(index: number): string {
  return `/area/${index.toString(36)}/shelf-${index}/`
}

/** Whether it is served over HTTP/2. */
export function speaksHttp2(work: Work): boolean {
  return (work.kind === 'return' || work.kind === 'secure') && work.http2 === true
}

/** How many workers serve it: one, where nothing else is said. */
export function workersFor(work: Work): number {
  if (work.kind === 'secure') return work.workers ?? 1
  return work.kind === 'tunnel' ? work.workers : 1
}

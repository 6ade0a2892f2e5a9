import { Op } from '../border/ops.ts'
import { dress } from './dress.ts'
import { host } from './host.ts'
import type * as html from './part-html.ts'
import type * as streams from './part-streams.ts'
import type * as subtle from './part-subtle.ts'
import type * as urlPattern from './part-url-pattern.ts'

/** What is large and seldom used: in an image only where a script names it. */
export interface Parts {
  streams: typeof streams
  'url-pattern': typeof urlPattern
  subtle: typeof subtle
  html: typeof html
}

/** What a part is made of: the host, and the modules of this bundle. */
type MakePart<Name extends keyof Parts> = (ask: typeof host, modules: object) => Parts[Name]

/** The table of modules; see build.ts. */
declare const gatewayModules: object

// biome-ignore lint/security/noGlobalEval: the source is the host's own, and the scope is the global one.
const evaluate = eval
const loaded: Partial<Parts> = {}

/** A part, evaluated now where the image has it not: the script pays. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  return loaded[name] ?? addPart(name, evaluate(host(Op.part, name) as string))
}

/** A part if it is there: else nothing of it can exist. */
export function loadedPart<Name extends keyof Parts>(name: Name): Parts[Name] | undefined {
  return loaded[name]
}

/** Puts a part in its place; the bootstrap does it with those that are in the image. */
export function addPart<Name extends keyof Parts>(name: Name, make: MakePart<Name>): Parts[Name] {
  const made = make(host, gatewayModules)
  loaded[name] = made
  for (const [each, value] of Object.entries(made))
    if (typeof value === 'function') dress(each, value)
  return made
}

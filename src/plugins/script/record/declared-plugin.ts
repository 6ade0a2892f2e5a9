import type {
  AnyPlugin,
  ConfigOf,
  Directive,
  Directives,
  Entry,
  Exchange,
  Filter,
  Handler,
  OpenPhase,
  Stage,
} from 'gateway/plugin'
import { askNow } from './ask-now.ts'
import { balancerOf, givenPeers } from './balancer-task.ts'
import { checkedDeclaration } from './check-declaration.ts'
import { EntryOps } from './entry-ops.ts'
import { openFilter } from './filter-task.ts'
import type { DeclaredDirective } from './given.ts'
import { Occurrences } from './occurrences.ts'
import { handle } from './phase-task.ts'
import { readIn } from './reading.ts'
import type { Image } from './record-image.ts'
import type { PlaceOfRecord, RecordSource } from './record-source.ts'

type Config = ConfigOf<Directives>

/** Loads a record and makes the plugin that stands for it: whatever it does is done in the sandbox. */
export function declaredPlugin(source: RecordSource): AnyPlugin {
  const plain = source.load({
    given: { kind: 'declaration' },
    entries: EntryOps.again(new Occurrences({})),
  })
  const declared = checkedDeclaration(plain.told)
  const { always, balances, choosesBy, doc, families, name, phases, stages, variables } = declared
  const sequences = new Map<number, symbol>()
  const directives = Object.fromEntries(
    declared.directives.flatMap((each) => directiveOf(each, plain, sequences)),
  )
  return {
    name,
    ...(doc === undefined ? {} : { doc }),
    directives,
    ...(always && { always }),
    ...(declared.wraps && { wraps: true }),
    ...(choosesBy && { choosesBy }),
    prepare: (config, place) => prepared(source, directives, config, place),
    ...Object.fromEntries(phases.map((phase) => [phase, handlerOf(phase)])),
    filters: Object.fromEntries(stages.map((stage) => [stage, filterOf(stage)])),
    ...(balances && {
      balancer: (peers, config) => {
        const occurrences = new Occurrences(entriesIn(directives, config))
        const { given: entries } = occurrences
        const { upstream } = peers
        const given = { kind: 'balancer', entries, upstream, peers: givenPeers(peers) } as const
        return balancerOf(peers, source.load({ given, entries: EntryOps.again(occurrences) }))
      },
    }),
    variables: mapped(variables, (doc, name) => ({
      doc,
      get: (x: Exchange) => askNow(x, plain, 'variable', name),
    })),
    families: mapped(families, (doc, prefix) => ({
      doc,
      make: (rest: string) => (x: Exchange) => askNow(x, plain, 'family', `${prefix}\n${rest}`),
    })),
  }
}

/** One for all words that share it; its values are the occurrences, which an image reads again. */
function directiveOf(
  { claims, doc, inherits, repeat, scopes, sequence, shape, words }: DeclaredDirective,
  plain: Image,
  sequences: Map<number, symbol>,
): [string, Directive<readonly Entry[]>][] {
  const [word = ''] = words
  const initial: readonly Entry[] = []
  const read = (entry: Entry, before: readonly Entry[] = initial): readonly Entry[] => {
    const entries = [...before, entry]
    const found = readIn(plain, word, entries)
    return found === 'initial' && !repeat ? initial : entries
  }
  const known = sequence === undefined ? undefined : (sequences.get(sequence) ?? Symbol(word))
  if (known && sequence !== undefined) sequences.set(sequence, known)
  const directive: Directive<readonly Entry[]> = {
    doc,
    scopes,
    initial,
    shape,
    inherits,
    ...(repeat && { repeat }),
    ...(known && { sequence: known }),
    ...(claims && { claims }),
    read,
  }
  return words.map((each) => [each, directive])
}

/** A record, loaded for a place with these values of its directives; undefined where it declines. */
export function prepared(
  source: RecordSource,
  directives: Directives,
  config: Config,
  place: PlaceOfRecord,
): Image | undefined {
  const occurrences = new Occurrences(entriesIn(directives, config))
  const given = { kind: 'place', entries: occurrences.given } as const
  const image = source.load({ given, entries: EntryOps.again(occurrences), place })
  return image.told === 'present' ? image : undefined
}

/** What stands in the configuration; words whose value is initial have nothing there. */
function entriesIn(directives: Directives, config: Config): Record<string, readonly Entry[]> {
  const found: Record<string, readonly Entry[]> = {}
  const seen = new Set<unknown>()
  for (const [word, directive] of Object.entries(directives)) {
    const entries = config[word] as readonly Entry[]
    if (entries.length === 0 || seen.has(directive)) continue
    seen.add(directive)
    found[word] = entries
  }
  return found
}

function handlerOf(phase: OpenPhase): Handler<Image> {
  return (x, image) => handle(x, image, phase)
}

function filterOf(stage: Stage): Filter<Image> {
  return (x, next, image) => openFilter(x, next, image, stage)
}

function mapped<V>(
  table: Readonly<Record<string, string>>,
  make: (doc: string, name: string) => V,
): Record<string, V> {
  return Object.fromEntries(Object.entries(table).map(([name, doc]) => [name, make(doc, name)]))
}

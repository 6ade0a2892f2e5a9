import type { AnyPlugin, Balancer, Definition, Exchange } from 'gateway/plugin'
import type { Enter } from '../../../../../sandbox/border/adapter.ts'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import type { Given, GivenEntry } from '../given.ts'
import { ask } from './channel.ts'
import { declarationOf } from './declaration.ts'
import { definitions } from './definitions.ts'
import { x } from './exchange.ts'
import { filter } from './filter.ts'
import { handle } from './handle.ts'
import { choose, peersOf } from './peers.ts'
import { place } from './place.ts'
import { isInitial, valuesOf } from './values.ts'

/** What a record was loaded with. */
interface Loaded {
  readonly prepared?: unknown
  readonly balancer?: Balancer
}

/** Loads a record for what the host has to do with it, and answers what it asks then. */
export function enterFor(plugin: AnyPlugin): Enter {
  const given = JSON.parse(ask(RecordOp.given) as string) as Given
  const { balancer, prepared } = load(plugin, given)
  return (task, detail) => {
    switch (task) {
      case 'handle':
        return handle(plugin, detail, prepared)
      case 'filter':
        return filter(plugin, detail, prepared)
      case 'balance':
        return choose(balancer as Balancer, detail)
      case 'variable':
        return shown(plugin.variables?.[detail]?.get(x))
      case 'family':
        return familyValue(plugin, detail)
      case 'definition':
        return shown((definitions.get(detail) as Definition).get(x))
      case 'read': {
        const { word, entries } = JSON.parse(detail) as { word: string; entries: GivenEntry[] }
        return isInitial(plugin, word, entries) ? 'initial' : 'other'
      }
      default:
        throw new TypeError(`unknown task "${task}"`)
    }
  }
}

function load(plugin: AnyPlugin, given: Given): Loaded {
  if (given.kind === 'declaration') {
    ask(RecordOp.described, JSON.stringify(declarationOf(plugin)))
    return {}
  }
  const values = valuesOf(plugin, given.entries)
  switch (given.kind) {
    case 'place': {
      const prepared = plugin.prepare ? plugin.prepare(values, place) : values
      ask(RecordOp.described, prepared === undefined ? 'absent' : 'present')
      return { prepared }
    }
    case 'balancer':
      return { balancer: plugin.balancer?.(peersOf(given), values) as Balancer }
    case 'definition':
      return {}
  }
}

/** `prefix`, a line feed, and what follows the prefix in the variable's name. */
function familyValue(plugin: AnyPlugin, detail: string): string | undefined {
  const [prefix = '', rest = ''] = detail.split('\n')
  return shown(plugin.families?.[prefix]?.make(rest)(x as Exchange))
}

function shown(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

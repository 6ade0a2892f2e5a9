import { SMALLEST_ZONE } from '../../storage/zone/capacity.ts'
import type { SharedZone, ZoneKind } from '../../storage/zone/shared-zone.ts'
import type { Entry } from './directive.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20 }

/** Declares the zone that `zone=name:size` speaks of, with nginx's checks and messages. */
export function declareZone(entry: Entry, word: string, kind: ZoneKind): SharedZone {
  const parts = /^zone=([^:]*):(\d{1,12})([km]?)$/i.exec(word)
  if (!parts) return entry.fail(`invalid zone size "${word}"`, 'write zone=name:10m')
  const [, name = '', digits, unit = ''] = parts
  if (name === '') return entry.fail('must have "zone" parameter', 'write zone=name:10m')
  const size = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1)
  if (size < SMALLEST_ZONE) {
    return entry.fail(`zone "${name}" is too small`, `the least size is ${SMALLEST_ZONE} bytes`)
  }
  return entry.zone(name, kind, size)
}

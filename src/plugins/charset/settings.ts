import type { ConfigOf, Place } from 'gateway/plugin'
import type { directives } from './directives.ts'
import { type MakeRecoder, recoderFor } from './recoder.ts'

type Config = ConfigOf<typeof directives>

/** What the filter asks of its directives. */
export interface CharsetSettings extends Config {
  /** Names in any case. */
  recoder(from: string, to: string): MakeRecoder | undefined
}

export function settle(config: Config, place: Place): CharsetSettings {
  const { charset_map: maps } = config
  const known = new Map<string, MakeRecoder | undefined>()
  const recoder = (from: string, to: string) => {
    const key = `${from} ${to}`.toLowerCase()
    const made = known.get(key) ?? recoderFor(maps, from.toLowerCase(), to.toLowerCase())
    // Names may be a peer's: only those of maps are kept.
    if (made) known.set(key, made)
    return made
  }
  const from = config.source_charset?.constant
  const to = config.charset?.constant
  if (from !== undefined && to !== undefined && from.toLowerCase() !== to.toLowerCase()) {
    if (!recoder(from, to)) {
      const text = `no "charset_map" between the charsets "${from}" and "${to}"`
      return place.fail(text, place.markOf('charset'))
    }
  }
  return { ...config, recoder }
}

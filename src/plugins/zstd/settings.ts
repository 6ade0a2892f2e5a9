import type { ByteTransform, ConfigOf, MimeTypes } from 'gateway/plugin'
import { createZstd, LEVEL } from './create-zstd.ts'
import type { directives } from './directives.ts'

/** What the filter asks of its directives, in the form it asks for it. */
export interface ZstdSettings {
  readonly types: MimeTypes
  readonly minLength: number
  readonly open: () => ByteTransform
}

export function settle(config: ConfigOf<typeof directives>): ZstdSettings | undefined {
  const create = createZstd
  if (!config.zstd || !create) return undefined
  const params = { [LEVEL]: config.zstd_comp_level }
  return {
    types: config.zstd_types,
    minLength: config.zstd_min_length,
    open: () => create({ params }),
  }
}

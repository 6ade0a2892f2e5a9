import type { ConfigOf, Exchange, Getter, MimeTypes, Validators } from 'gateway/plugin'
import type { directives } from './directives.ts'

/** What the filter asks of its directives, in the form it asks for it. */
export interface SsiSettings {
  readonly types: MimeTypes
  readonly validators: Validators
  readonly errors: 'shown' | 'silent'
  /** Bytes of a parameter's value. */
  readonly valueLength: number
  /** Bytes of an answer that becomes a variable's value. */
  readonly mostSet: number
  /** The getter of one of the gateway's variables. */
  readonly lookUp: (name: string) => Getter | undefined
}

type Config = ConfigOf<typeof directives>

const settled = new WeakMap<Config, SsiSettings>()

export function settle(config: Config): SsiSettings | undefined {
  if (!config.ssi) return undefined
  const settings = settled.get(config) ?? settingsFor(config, config.ssi)
  settled.set(config, settings)
  return settings
}

/** Those of the place where an exchange is; undefined where pages pass unchanged. */
export function settingsOf(x: Exchange): SsiSettings | undefined {
  const config = x.location.configs.get('ssi') as Config | undefined
  return config && settle(config)
}

function settingsFor(config: Config, lookUp: SsiSettings['lookUp']): SsiSettings {
  return {
    types: config.ssi_types,
    validators: config.ssi_last_modified ? 'kept' : 'dropped',
    errors: config.ssi_silent_errors ? 'silent' : 'shown',
    valueLength: config.ssi_value_length,
    mostSet: config.subrequest_output_buffer_size,
    lookUp,
  }
}

import type { Binding, Bindings } from '../border/bindings.ts'
import { Fetcher } from './fetch.ts'
import { KvNamespace } from './kv.ts'

/** `env`: bindings, secrets and plain values by their names. */
export type Env = Readonly<Record<string, unknown>>

/** The `env` of a script, from the JSON of its descriptions by name. */
export function bindingsOf(json: string): Env {
  const bindings: Bindings = JSON.parse(json)
  const env: Record<string, unknown> = {}
  for (const [name, binding] of Object.entries(bindings)) {
    Object.defineProperty(env, name, {
      value: bindingOf(binding),
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return env
}

function bindingOf(binding: Binding): unknown {
  switch (binding.kind) {
    case 'fetcher':
      return new Fetcher(binding.fetcher)
    case 'kv':
      return new KvNamespace(binding.namespace)
    case 'value':
      return binding.value
  }
}

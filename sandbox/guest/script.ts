import type { Enter } from '../border/adapter.ts'
import { HOOKS, type Hook } from '../border/hooks.ts'
import { Op } from '../border/ops.ts'
import { SCRIPT_GLOBAL } from '../border/script-global.ts'
import { adapterOf, channel } from './adapter.ts'
import { bindingsOf, type Env } from './bindings.ts'
import { noHandler, notA } from './errors.ts'
import { host } from './host.ts'
import { applyTo, bindTo, getOwnPropertyDescriptor } from './primordials.ts'

const APPLICATION_HOOKS = ['fetch'] as const

type HookFunction = (...args: unknown[]) => unknown

/** The script of this image: its hooks, and what it was given. */
interface LoadedScript {
  hooks: Partial<Record<Hook, HookFunction>>
  env: Env
  variable: (name: string) => HookFunction
  /** Of a plugin record, which has no hooks. */
  record: Enter | undefined
}

/** The script; there is one in an image. */
export const script: LoadedScript = {
  hooks: {},
  env: {},
  variable: variableOf({}),
  record: undefined,
}

/** Takes a script's exports, and tells the host which hooks it has. */
export function load(exports: unknown = bundled()): void {
  const handler = defaultOf(exports)
  const adapter = adapterOf(handler)
  if (adapter) {
    script.record = adapter(channel)
    return
  }
  const hooks = hooksOf(handler)
  const env = bindingsOf(host(Op.bindings) as string)
  const variables = variablesOf(handler)
  Object.assign(script, { hooks, env, variable: variableOf(variables) })
  host(Op.hooks, Object.keys(hooks).join(), Object.keys(variables).join())
}

/** Where a bundle leaves its exports; they are nobody else's business. */
function bundled(): unknown {
  const scope = globalThis as Record<string, unknown>
  const exports = scope[SCRIPT_GLOBAL]
  scope[SCRIPT_GLOBAL] = undefined
  return exports
}

function defaultOf(exports: unknown): object {
  const handler = (exports as { default?: unknown } | undefined)?.default ?? exports
  if (typeof handler === 'function') return handler
  if (typeof handler !== 'object' || handler === null) throw noHandler()
  return handler
}

/** An application, an instance of some class, has `fetch` only: its other names are its own. */
function hooksOf(handler: object): Partial<Record<Hook, HookFunction>> {
  const hooks: Partial<Record<Hook, HookFunction>> = { __proto__: null } as object
  for (const hook of isRecord(handler) ? HOOKS : APPLICATION_HOOKS) {
    const value = memberOf(handler, hook)
    if (typeof value === 'function') hooks[hook] = bindTo(value, handler)
    else if (hook === 'variables' && typeof value === 'object') hooks.variables = () => undefined
  }
  // An application may be a function that has a fetch, too.
  if (typeof handler === 'function') hooks.fetch ??= bindTo(handler, undefined)
  if (Object.keys(hooks).length === 0) throw noHandler()
  return hooks
}

function isRecord(handler: object): boolean {
  const prototype = Object.getPrototypeOf(handler)
  return prototype === Object.prototype || prototype === null
}

function variablesOf(handler: object): object {
  const variables = isRecord(handler) ? memberOf(handler, 'variables') : undefined
  return typeof variables === 'object' && variables !== null ? variables : {}
}

function variableOf(variables: object): (name: string) => HookFunction {
  return (name) => {
    const variable = getOwnPropertyDescriptor(variables, name)?.value
    if (typeof variable !== 'function') throw notA(`variable of this script: ${name}`)
    return (...args) => applyTo(variable, variables, args)
  }
}

/**
 * A member that is really there. Some routers answer every name with a function that adds a route
 * (a Proxy behind them), and none of those is a hook.
 */
function memberOf(object: object, name: string): unknown {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (getOwnPropertyDescriptor(at, name)) return (object as Record<string, unknown>)[name]
  }
  return undefined
}

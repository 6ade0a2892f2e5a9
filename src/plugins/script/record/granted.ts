import type { Granted } from 'gateway/plugin'
import { refusal } from '../../../../sandbox/border/refusal.ts'
import { type EgressRule, parseEgressRule } from '../../../../sandbox/host/fetch/egress-rule.ts'
import { HostRefusal } from '../../../../sandbox/host/refusal.ts'
import { notAPlugin } from './record-error.ts'

/** Everything of a kind. */
const ALL = '*'

/** What the hosts of a granted `net` allow. Throws where one of them is none. */
export function egressOf({ net = [] }: Granted): readonly EgressRule[] {
  return net.map((host) => {
    const rule = host === ALL ? ANY : parseEgressRule(host)
    if (typeof rule === 'string') throw notAPlugin(`cannot be granted "net": ${rule}`)
    return rule
  })
}

const ANY: EgressRule = { kind: 'any', host: '', port: undefined }

/**
 * What is evaluated before a bundle that reads `process.env`, on one line: the values it was granted,
 * and nothing else of the process. Others are refused with the permission's name.
 */
export function environment(bundle: string, { env = [] }: Granted): string {
  if (!/\bprocess\.env\b/.test(bundle)) return ''
  const names = env.includes(ALL) ? Object.keys(process.env) : env
  const values = Object.fromEntries(names.map((name) => [name, process.env[name]]))
  // JSON leaves out what is not set, so the names are told as well.
  const known = JSON.stringify([env.includes(ALL) ? ALL : names, values])
  return `globalThis.process=(${MAKE_PROCESS})(...${known});`
}

/** Evaluated in the sandbox. */
const MAKE_PROCESS = [
  '(names,values)=>Object.freeze({env:new Proxy(Object.freeze(values),{get(_,name){',
  "if(typeof name==='symbol')return;if(Object.hasOwn(values,name))return values[name];",
  "if(names!=='*'&&!names.includes(name))",
  `throw new TypeError('process.env.'+name+': permission "env" is not granted for it')`,
  '}})})',
].join('')

/** A refusal of the host's, with the permission that would allow it. */
export function withPermission(error: unknown): unknown {
  const isEgress = error instanceof HostRefusal && error.code === 'egress_denied'
  return isEgress ? notGranted('fetch', 'net', 'for this host') : error
}

/** That something is not allowed which another permission would. */
export function notGranted(what: string, permission: keyof Granted, where = ''): Error {
  const text = `${what}: permission "${permission}" is not granted`
  return refusal('TypeError', where === '' ? text : `${text} ${where}`)
}

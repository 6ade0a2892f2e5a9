import { onTestFinished } from 'vitest'
import { FetchOp } from '../../../../sandbox/border/ops.ts'
import { Egress } from '../../../../sandbox/host/fetch/egress.ts'
import { type EgressRule, parseEgressRule } from '../../../../sandbox/host/fetch/egress-rule.ts'
import { FETCH_LIMITS, type FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import { FetchSession } from '../../../../sandbox/host/fetch/fetch-session.ts'
import type { Resolve } from '../../../../sandbox/host/fetch/resolver.ts'
import { fetchOps } from '../../../../sandbox/host/fetch-ops.ts'
import type { HostRefusal } from '../../../../sandbox/host/refusal.ts'

export interface ClientOptions {
  readonly egress: readonly string[]
  /** Names and their addresses; a function is asked each time. */
  readonly names?: Readonly<Record<string, readonly string[] | (() => readonly string[])>>
  readonly limits?: Partial<FetchLimits>
  readonly ca?: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Uint8Array | string | undefined
  readonly redirect?: string
}

export interface Got {
  readonly id: number
  readonly status: number
  readonly url: string
  readonly redirected: boolean
  readonly headers: readonly (readonly [string, string])[]
  header(name: string): string | undefined
  read(): Promise<Uint8Array | undefined>
  text(): Promise<string>
}

/** The rules of a list, which a test has written without a mistake. */
export function rules(texts: readonly string[]): readonly EgressRule[] {
  return texts.map((text) => {
    const rule = parseEgressRule(text)
    if (typeof rule === 'string') throw new Error(rule)
    return rule
  })
}

/** A script's way to the network, through the ops it has for it. */
export function client(options: ClientOptions) {
  const limits = { ...FETCH_LIMITS, ...options.limits }
  const asked: string[] = []
  const resolve: Resolve = async (host) => {
    asked.push(host)
    const found = options.names?.[host] ?? []
    return typeof found === 'function' ? found() : found
  }
  const ca = options.ca === undefined ? {} : { ca: options.ca }
  const egress = new Egress({ rules: rules(options.egress), limits, resolve, ...ca })
  const session = new FetchSession([egress], limits)
  const ops = fetchOps(session, limits)
  onTestFinished(async () => {
    session.close()
    await egress.close()
  })

  function open(url: string, sent: Sent = {}): number {
    const start = [sent.method ?? 'GET', url, sent.redirect ?? 'follow']
    const head = [...start, ...(sent.headers ?? []).flat()].join('\n')
    return ops(FetchOp.open, head, sent.body, 0) as number
  }

  async function answer(id: number): Promise<Got> {
    const head = (await ops(FetchOp.send, id, undefined, undefined)) as string
    const [status, , url = '', redirected, ...flat] = head.split('\n')
    const headers = flat.flatMap((name, i) => {
      return i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []
    })
    const read = async () => {
      return (await ops(FetchOp.read, id, undefined, undefined)) as Uint8Array | undefined
    }
    return {
      id,
      status: Number(status),
      url,
      redirected: redirected !== '',
      headers,
      header: (name) => headers.find(([each]) => each.toLowerCase() === name)?.[1],
      read,
      text: async () => {
        let text = ''
        for (let piece = await read(); piece; piece = await read()) text += Buffer.from(piece)
        return text
      },
    }
  }

  return {
    asked,
    session,
    egress,
    ops,
    open,
    answer,
    fetch: async (url: string, sent?: Sent) => answer(open(url, sent)),
    /** The code a fetch is refused with, its body read to the end; `none` where it is not. */
    refusal: async (url: string, sent?: Sent): Promise<string> => {
      try {
        await (await answer(open(url, sent))).text()
        return 'none'
      } catch (error) {
        return (error as HostRefusal).code ?? String(error)
      }
    },
  }
}

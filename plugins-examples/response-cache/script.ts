import type { GatewayScript, KvNamespace } from 'gateway/script'
import { freshness, mayStore, type Stored, selecting, storedFields } from './rules.ts'

interface Env {
  CACHE: KvNamespace
}

/** What is known of a URL: the request fields its responses depend on, and which generation counts. */
interface Index {
  readonly vary: readonly string[]
  readonly epoch: string
}

/** How long an index lasts that nobody writes again, in seconds. */
const INDEX_LASTS = 86_400
/** A body outlives its head by so much, in seconds: who has read the one finds the other. */
const GRACE = 60
/** Longer URLs are not stored: a key of a namespace is 512 bytes at most. */
const LONGEST_URL = 400

/** A script: a shared cache (RFC 9111) that all workers have in common. */
export default {
  async fetch(request, { CACHE }, ctx) {
    const key = `i:${new URL(request.url).href}`
    if (request.method !== 'GET' || key.length > LONGEST_URL) {
      const answer = await ctx.next()
      // What a URL stood for may have changed (section 4.4).
      const safe = /^(?:GET|HEAD|OPTIONS|TRACE)$/.test(request.method)
      if (!safe && answer.status < 400) ctx.waitUntil(CACHE.delete(key))
      return answer
    }
    const asked = request.headers.get('cache-control') ?? ''
    if (
      /\bno-store\b/i.test(asked) ||
      ['authorization', 'range'].some((name) => request.headers.has(name))
    )
      return ctx.next()

    const index = await CACHE.get<Index>(key, 'json')
    const hit = index && !/\bno-cache\b/i.test(asked) && (await lookUp(CACHE, index, request))
    if (hit) return hit

    const answer = await ctx.next(unconditional(request))
    if (!mayStore(answer)) return marked(answer, 'fwd=uri-miss')
    const [kept, sent] = answer.body?.tee() ?? [null, null]
    ctx.waitUntil(store(CACHE, { key, index }, request, new Response(kept, answer)))
    return marked(new Response(sent, answer), 'fwd=uri-miss; stored')
  },
} satisfies GatewayScript<Env>

async function lookUp(cache: KvNamespace, index: Index, request: Request) {
  const stored = await cache.get<Stored>(await variantKey(index, request), 'json')
  if (!stored) return undefined
  const age = stored.age + Math.floor((Date.now() - stored.at) / 1000)
  const left = stored.lasts - age
  const body = left > 0 ? await cache.get(stored.body, 'stream') : null
  if (!body) return undefined
  const headers = new Headers(stored.fields as [string, string][])
  headers.set('age', String(age))
  return marked(new Response(body, { status: stored.status, headers }), `hit; ttl=${left}`)
}

/** The head is stored when all of its body is there: half a body is never found. */
async function store(
  cache: KvNamespace,
  { key, index }: { readonly key: string; readonly index: Index | null },
  request: Request,
  answer: Response,
) {
  const { age, lasts } = freshness(answer)
  const vary = selecting(answer)
  // The same fields, the same generation: other variants of this URL stay what they are.
  const same = index !== null && index.vary.join() === vary.join()
  const epoch = same ? index.epoch : crypto.randomUUID()
  const body = `b:${crypto.randomUUID()}`
  const at = Date.now()
  await cache.put(body, answer.body ?? '', { expirationTtl: lasts - age + GRACE })
  const fields = storedFields(answer)
  const stored: Stored = { status: answer.status, fields, at, age, lasts, body }
  const variant = await variantKey({ vary, epoch }, request)
  await cache.put(variant, JSON.stringify(stored), { expirationTtl: lasts - age })
  await cache.put(key, JSON.stringify({ vary, epoch }), { expirationTtl: INDEX_LASTS })
}

/** A response is used for requests whose selecting fields are the same (section 4.1). */
async function variantKey({ epoch, vary }: Index, request: Request): Promise<string> {
  if (vary.length === 0) return `v:${epoch}`
  const values = vary.map((name) => request.headers.get(name)?.trim() ?? null)
  const bytes = new TextEncoder().encode(JSON.stringify(values))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `v:${epoch}:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** What is stored is a whole response; the gateway makes 304s of it for those who ask for them. */
function unconditional(request: Request): Request {
  const headers = new Headers(request.headers)
  for (const name of ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'])
    headers.delete(name)
  return new Request(request.url, { headers })
}

/** Cache-Status (RFC 9211). */
function marked(answer: Response, what: string): Response {
  const headers = new Headers(answer.headers)
  headers.append('cache-status', `gateway; ${what}`)
  return new Response(answer.body, { status: answer.status, headers })
}

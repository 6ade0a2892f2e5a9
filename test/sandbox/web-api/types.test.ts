import { expect, expectTypeOf, test } from 'vitest'
import type { GATEWAY_FIELDS } from '../../../sandbox/border/gateway-fields.ts'
import { HOOKS } from '../../../sandbox/border/hooks.ts'
import type {
  Fetcher,
  GatewayRequest,
  GatewayScript,
  KvNamespace,
} from '../../../sandbox/guest/types/script.d.ts'

interface Env {
  readonly API: Fetcher
  readonly CACHE: KvNamespace
}

const script = {
  async fetch(request, env, ctx) {
    expectTypeOf(request).toEqualTypeOf<GatewayRequest>()
    const found = await env.CACHE.get<{ a: number }>('k', 'json')
    expectTypeOf(found).toEqualTypeOf<{ a: number } | null>()
    ctx.waitUntil(env.CACHE.put('k', 'v', { expirationTtl: 60 }))
    const titles = new HTMLRewriter().on('title', {
      element: (title) => title.setInnerContent(title.tagName, { html: true }),
    })
    if (request.url === '') return titles.transform(await env.API.fetch('http://a/'))
    return request.gateway.tenant === 'a' ? ctx.next() : env.API.fetch(request)
  },
  access(request) {
    if (request.headers.get('x') === null) return new Response(null, { status: 401 })
  },
  variables: { plan: (request, env) => `${request.method}${typeof env.API}` },
} satisfies GatewayScript<Env>

test('the types know the hooks and fields there are', () => {
  expectTypeOf<keyof GatewayScript>().toEqualTypeOf<(typeof HOOKS)[number]>()
  expectTypeOf<keyof GatewayRequest['gateway']>().toEqualTypeOf<(typeof GATEWAY_FIELDS)[number]>()
  // @ts-expect-error: no hook returns a text
  ;({ fetch: () => 'text' }) satisfies GatewayScript
  // @ts-expect-error: there is no such hook
  ;({ fetsh: () => new Response() }) satisfies GatewayScript
  expect(Object.keys(script).every((name) => (HOOKS as readonly string[]).includes(name))).toBe(
    true,
  )
})

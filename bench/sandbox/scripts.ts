const items = Array.from({ length: 20 }, (_, id) => ({
  id,
  sku: `SKU-${10000 + id}`,
  qty: (id % 7) + 1,
  price: ((id * 137) % 1000) / 10,
  secret: `s3cr3t-${id}`,
  name: `Product ${id}`,
}))

/** 1.8 KB of JSON once it is an answer. */
export const ORDER = JSON.stringify({ order: 'A-1', items })

/** Chooses an upstream by path, cookie and language, as every one of these scripts does it. */
export const RULES = `
  const RULES = [
    [/^\\/api\\/v1\\//, 'users'], [/^\\/api\\/v2\\/(?:orders|carts)\\//, 'orders'],
    [/^\\/static\\//, 'cdn'], [/^\\/api\\/v2\\//, 'core'],
  ]
  const GROUP = /(?:^|;\\s*)ab=([^;]+)/
  function upstreamFor(path, header) {
    let upstream = 'default'
    for (let i = 0; i < RULES.length; i++) if (RULES[i][0].test(path)) { upstream = RULES[i][1]; break }
    const group = GROUP.exec(header('cookie') || '')
    if (group && group[1] === 'b') upstream += '-canary'
    if ((header('accept-language') || '').startsWith('de')) upstream += '-eu'
    return upstream
  }
  function pathOf(url) { return url.slice(url.indexOf('/', 8)) }`

/** Composes an answer of a stored order: its text, with totals and without secrets. */
export const COMPOSE = `
  const ORDER = ${JSON.stringify(ORDER)}
  function compose(upstream) {
    const order = JSON.parse(ORDER)
    order.items.forEach((item) => { item.total = item.price * item.qty; delete item.secret })
    order.upstream = upstream
    return JSON.stringify(order)
  }`

const UPSTREAM = 'upstreamFor(pathOf(request.url), (name) => request.headers.get(name))'
const ID = `(request.headers.get('x-request-id') || 'none') + '-1'`

/** What tenants typically do, from nothing to an answer that is composed: modules as bundles are. */
export const SCRIPTS = {
  trivial: `({ default: { fetch() { return new Response('Hello, world!') } } })`,
  'three headers': `({ default: { fetch({ headers }) {
      const [host, language, id] = [headers.get('host'), headers.get('accept-language'), headers.get('x-request-id')]
      return new Response(host === 'admin' ? 'admin' : language + id)
    } } })`,
  routing: `${RULES}
    ;({ default: { fetch(request) {
      return new Response('', {
        headers: { 'x-upstream': ${UPSTREAM}, 'x-request-id': ${ID}, 'x-forwarded-proto': 'https' },
      })
    } } })`,
  'routing + 1.8 KB JSON': `${RULES}${COMPOSE}
    ;({ default: { fetch(request) {
      const upstream = ${UPSTREAM}
      return new Response(compose(upstream), {
        headers: { 'content-type': 'application/json', 'x-upstream': upstream, 'x-request-id': ${ID} },
      })
    } } })`,
  'no await': `({ default: { async fetch() { return new Response('v=value') } } })`,
  'one await': `({ default: { async fetch(_, env) { return new Response('v=' + await env.KV.get('k')) } } })`,
} as const

/** A script that is measured. */
export type ScriptName = keyof typeof SCRIPTS

/** A browser's request. */
export const HEADERS: Readonly<Record<string, string>> = {
  host: 'shop.example.com',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'de-DE,de;q=0.9,en;q=0.7',
  'accept-encoding': 'gzip, deflate, br',
  cookie: 'sid=0123456789abcdef0123456789abcdef; ab=b; theme=dark',
  authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnop',
  'x-request-id': '7f3c1c1e-9a55-4b57-9c83-000000000001',
  referer: 'https://shop.example.com/cart',
  'cache-control': 'no-cache',
  'content-type': 'application/json',
  'x-forwarded-for': '203.0.113.7, 10.0.0.1',
}

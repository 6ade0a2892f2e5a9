const items = Array.from({ length: 20 }, (_, id) => ({
  id,
  sku: `SKU-${10000 + id}`,
  qty: (id % 7) + 1,
  price: ((id * 137) % 1000) / 10,
  secret: `s3cr3t-${id}`,
  name: `Product ${id}`,
}))

const RULES = `
  const RULES = [
    [/^\\/api\\/v1\\//, 'users'], [/^\\/api\\/v2\\/(?:orders|carts)\\//, 'orders'],
    [/^\\/static\\//, 'cdn'], [/^\\/api\\/v2\\//, 'core'],
  ]
  const GROUP = /(?:^|;\\s*)ab=([^;]+)/
  function upstreamFor(request) {
    let upstream = 'default'
    for (const [pattern, name] of RULES) if (pattern.test(request.url)) { upstream = name; break }
    const group = GROUP.exec(request.headers.get('cookie') || '')
    if (group && group[1] === 'b') upstream += '-canary'
    if ((request.headers.get('accept-language') || '').startsWith('de')) upstream += '-eu'
    return upstream
  }`

const ID = `(request.headers.get('x-request-id') || 'none') + '-1'`

/** What tenants typically do, from nothing to an answer that is composed. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  trivial: `onFetch(() => new Response('hello'))`,
  routing: `${RULES}
    onFetch((request) => new Response('', {
      headers: { 'x-upstream': upstreamFor(request), 'x-request-id': ${ID}, 'x-forwarded-proto': 'https' },
    }))`,
  'routing + 1.8 KB JSON': `${RULES}
    const ORDER = ${JSON.stringify(JSON.stringify({ order: 'A-1', items }))}
    onFetch((request) => {
      const upstream = upstreamFor(request)
      const order = JSON.parse(ORDER)
      for (const item of order.items) { item.total = item.price * item.qty; delete item.secret }
      order.upstream = upstream
      return new Response(JSON.stringify(order), {
        headers: { 'content-type': 'application/json', 'x-upstream': upstream, 'x-request-id': ${ID} },
      })
    })`,
  'one await': `onFetch(async () => new Response('v=' + await lookUp('k')))`,
}

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

import { type Attack, attacks } from './attack.ts'

/** Work for the host, or for what the web API does in the guest: without end, errors swallowed. */
const again = (work: string, before = '') => `${before}; for (;;) { try { ${work} } catch {} }`

const CPU = attacks('cpu', {
  'parsing URLs': again("new URL('http://h/' + 'é/../'.repeat(10000))"),
  'parsing URLs that are none': again("URL.canParse('http://' + '['.repeat(60000))"),
  'setting pieces of a URL': again(
    "u.search = 'é'.repeat(10000)",
    "const u = new URL('http://h/')",
  ),
  'search parameters': again("new URLSearchParams('a=%C3%A9&'.repeat(20000)).sort()"),
  'international host names': again("new URL('http://' + 'ü.'.repeat(20000) + 'de')"),
  'patterns of URLs': again(
    "new URLPattern({ pathname: '/:a*/:b*/:c*/x' }).test('http://h/' + 'a/'.repeat(2000))",
  ),
  'decoding legacy text': again(
    'd.decode(b)',
    "const d = new TextDecoder('gb18030'), b = new Uint8Array(1000000).fill(0x81)",
  ),
  'decoding UTF-8': again(
    'd.decode(b)',
    'const d = new TextDecoder(), b = new Uint8Array(4000000).fill(0xff)',
  ),
  'decoding byte by byte': again(
    'd.decode(b, { stream: true })',
    'const d = new TextDecoder(), b = new Uint8Array([0xe2])',
  ),
  'encoding text': again('e.encode(s)', "const e = new TextEncoder(), s = 'é'.repeat(1000000)"),
  base64: again('atob(btoa(s))', "const s = 'x'.repeat(1000000)"),
  'headers set': again("h.set('x-' + (n++ % 5000), 'v')", 'const h = new Headers(); let n = 0'),
  'headers listed': again(
    'for (const [k, v] of h) k + v',
    "const h = new Headers(); for (let i = 0; i < 500; i++) h.append('x-' + i, 'v')",
  ),
  'the headers of the client': again("request.headers.get('host')"),
  'lines for the log': again("console.log('x'.repeat(8000))"),
  'deep things for the log': again(
    'console.log(o)',
    'let o = {}; for (let i = 0; i < 100; i++) o = { a: o, b: [o, o, o] }',
  ),
  'wide things for the log': again(
    'console.log(o)',
    'const o = Array.from({ length: 100000 }, (_, i) => ({ i }))',
  ),
  'a proxy for the log': again(
    'console.log(p)',
    "const p = new Proxy({}, { ownKeys: () => Array.from({ length: 10000 }, (_, i) => 'k' + i), getOwnPropertyDescriptor: () => ({ value: p, enumerable: true, configurable: true }) })",
  ),
  'clones of a shared graph':
    'let o = {}; for (let i = 0; i < 40; i++) o = [o, o]; JSON.stringify(structuredClone(o))',
  'clones of bytes': again('structuredClone(b)', 'const b = new Uint8Array(1000000)'),
  'blobs of blobs': again(
    'b = new Blob([b.slice(0, 400000), b.slice(0, 400000)])',
    "let b = new Blob(['x'.repeat(100000)])",
  ),
  'forms written': again(
    'new Response(f)',
    "const f = new FormData(); for (let i = 0; i < 500; i++) f.append('a' + i, 'é')",
  ),
  'events dispatched': again(
    "t.dispatchEvent(new Event('x'))",
    "const t = new EventTarget(); for (let i = 0; i < 1000; i++) t.addEventListener('x', () => {}, i)",
  ),
  'signals of signals': again(
    's = AbortSignal.any([s, s])',
    'let s = new AbortController().signal',
  ),
  'random bytes': again('crypto.getRandomValues(b)', 'const b = new Uint8Array(65536)'),
  'random names': again('crypto.randomUUID()'),
  'answers made': again("new Response('x', { headers: { a: 'b' } }).clone()"),
  'requests made': again("new Request('http://h/x', { headers: { a: 'b' } }).clone()"),
  'background work': again('ctx.waitUntil(new Promise(() => {}))'),
  'timers that work':
    'setInterval(() => { for (let i = 0; i < 200000; i++); }, 0); await new Promise(() => {})',
  'a message of an error that never ends':
    'throw new (class extends Error { get message() { for (;;); } })()',
  'a stack of an error that never ends':
    'throw { name: "x", message: "y", get stack() { for (;;); } }',
  'a thenable answer that never ends': 'return { then() { for (;;); } }',
  'an iterator of headers that never ends':
    'new Headers({ [Symbol.iterator]: function* () { for (;;) yield ["a", "b"] } })',
  'a boundary that is never found': `
    RegExp.prototype.exec = () => [0, undefined, 'a'.repeat(32000)]
    const form = new TextEncoder().encode('\\r'.repeat(200000) + 'a'.repeat(200000))
    for (;;) { try { await new Response(form, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }).formData() } catch {} }`,
  'forms read': `
    const form = new TextEncoder().encode(('\\r\\n--' + 'a'.repeat(69)).repeat(20000))
    for (;;) { try { await new Response(form, { headers: { 'content-type': 'multipart/form-data; boundary=' + 'a'.repeat(70) } }).formData() } catch {} }`,
})

/** Much of whose work is done by the host, in sessions. */
const HOST = attacks('cpu', {
  'compressing without end': again(
    "await new Response(new Blob([b]).stream().pipeThrough(new CompressionStream('gzip'))).bytes()",
    'const b = new Uint8Array(300000)',
  ),
  'streams of compression opened': again("new CompressionStream('gzip')"),
  'a bomb': `
    const packed = await new Response(new Blob([new Uint8Array(400000)]).stream().pipeThrough(new CompressionStream('deflate'))).bytes()
    for (;;) { try { await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))).bytes() } catch {} }`,
  digests: again("await crypto.subtle.digest('SHA-512', b)", 'const b = new Uint8Array(1000000)'),
  'digests of nothing, many at once': again(
    "await Promise.all(Array.from({ length: 50 }, () => crypto.subtle.digest('SHA-256', new Uint8Array())))",
  ),
  'keys derived': again(
    "await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 2000 }, key, 256)",
    "const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits'])",
  ),
  'keys made': again(
    "await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify'])",
  ),
  'keys that are too dear': again(
    "await crypto.subtle.generateKey({ name: 'RSA-PSS', modulusLength: 4096, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify'])",
  ),
  signatures: again(
    "await crypto.subtle.sign('HMAC', key, b)",
    "const b = new Uint8Array(100000), key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-512' }, true, ['sign'])",
  ),
  'a document rewritten': again(
    "await new HTMLRewriter().on('p', { element(e) { e.setAttribute('a', 'b') } }).transform(new Response(t)).text()",
    "const t = '<p x=y>'.repeat(2000)",
  ),
  'a document of tags nobody asks for': again(
    "await new HTMLRewriter().on('a > b > c', { element() {} }).transform(new Response(t)).text()",
    "const t = '<i><b>'.repeat(20000)",
  ),
  'many selectors': again(
    'await r.transform(new Response(t)).text()',
    "const t = '<a><b class=c><c id=d>'.repeat(3000), r = new HTMLRewriter(); for (let i = 0; i < 32; i++) r.on('a b.c c#d:not(.e):nth-child(' + (i + 2) + ')', { element() {} })",
  ),
  'attributes read': again(
    "await new HTMLRewriter().on('p', { element(e) { for (;;) [...e.attributes] } }).transform(new Response(t)).text()",
    "const t = '<p ' + Array.from({ length: 900 }, (_, i) => 'a' + i + '=b').join(' ') + '>'",
  ),
  'one attribute of many read': again(
    "await new HTMLRewriter().on('p', { element(e) { for (;;) e.getAttribute('a899') } }).transform(new Response(t)).text()",
    "const t = '<p ' + Array.from({ length: 900 }, (_, i) => 'a' + i + '=b').join(' ') + '>'",
  ),
  'attributes set and removed': again(
    "await new HTMLRewriter().on('p', { element(e) { for (let i = 0; ; i++) { e.setAttribute('a' + i % 900, 'b'); e.removeAttribute('a' + (i + 450) % 900) } } }).transform(new Response('<p>')).text()",
  ),
  'content inserted': again(
    "await new HTMLRewriter().on('p', { element(e) { for (;;) e.append('<b>'.repeat(100)) } }).transform(new Response('<p>')).text()",
  ),
  'content inserted and taken back': again(
    "await new HTMLRewriter().on('p', { element(e) { for (;;) e.setInnerContent('x'.repeat(10000), { html: true }) } }).transform(new Response('<p>')).text()",
  ),
  'fetches that are refused': again("await fetch('http://127.0.0.1/')"),
  'requests with many fields that are refused': again(
    "await fetch('http://127.0.0.1/', { headers: h })",
    "const h = new Headers(); for (let i = 0; i < 99; i++) h.append('x' + i, 'y'.repeat(100))",
  ),
  'bodies read': again(
    'await new Response(b).text()',
    'const b = new Uint8Array(1000000).fill(0xff)',
  ),
  'bodies copied': again(
    'const r = new Response(b), s = r.clone(); await Promise.all([r.bytes(), s.bytes()])',
    'const b = new Uint8Array(300000)',
  ),
  'parts of many forms': again(
    "await new Response(b, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }).formData()",
    "const b = ('--x\\r\\ncontent-disposition: form-data; name=\"a\"\\r\\n\\r\\nb\\r\\n').repeat(900) + '--x--\\r\\n'",
  ),
})

/** What is seldom thought of. */
const ODD = attacks('cpu', {
  'a then of waitUntil that never ends': 'ctx.waitUntil({ get then() { for (;;); } })',
  'an async iterator that never ends':
    'for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => ({ done: false }) }) });',
  'a sparse array': 'const a = []; a[2 ** 32 - 2] = 1; for (;;) a.sort()',
  'a sparse array as JSON': 'const a = []; a.length = 2 ** 32 - 1; JSON.stringify(a)',
  'a sparse array that is cloned': again(
    'structuredClone(a)',
    'const a = []; a.length = 2 ** 32 - 1',
  ),
  'finalizers that make garbage':
    'const r = new FinalizationRegistry(() => { for (let i = 0; i < 10; i++) r.register({ i }, i) }); for (let i = 0; ; i++) { const o = {}; o.o = o; r.register(o, i) }',
  'weak references': 'for (;;) { const o = {}; new WeakRef(o).deref() }',
  'a weak map of many keys':
    'const m = new WeakMap(); let l = null; for (;;) { l = { l: null }; m.set(l, l) }',
  'a million fields in a row': again(
    'new Headers(a)',
    "const a = Array.from({ length: 1e5 }, () => ['a', 'b'])",
  ),
  'labels of encodings': again("try { new TextDecoder('x'.repeat(100000)) } catch {}"),
  'a stream that enqueues while it is pulled':
    'await new Response(new ReadableStream({ pull(c) { for (;;) c.enqueue(new Uint8Array(0)) } })).bytes()',
  'tees of tees':
    'let s = new ReadableStream({ pull(c) { c.enqueue(1) } }); for (;;) [s] = s.tee()',
})

const MEMORY = attacks('memory', {
  'blobs without end':
    "const a = []; for (let i = 0; ; i++) a.push(new Blob(['x'.repeat(100000) + i]))",
  'URLs without end':
    "const a = []; for (let i = 0; ; i++) a.push(new URL('http://h/' + 'x'.repeat(10000) + i))",
  'text of a large stream kept':
    'const a = []; const d = new TextDecoder(); const b = new Uint8Array(500000).fill(65); for (;;) a.push(d.decode(b) + a.length)',
  'chunks without end':
    'new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(100000)) } })',
})

const STACK = attacks('stack', {
  'an event that dispatches itself':
    "const t = new EventTarget(); let thrown; t.addEventListener('x', () => { try { t.dispatchEvent(new Event('x')) } catch (e) { thrown ??= e } }); (function f() { f() })()",
  'a getter that clones itself':
    'const o = { get a() { return structuredClone(o) } }; structuredClone(o)',
  'JSON of an answer that makes answers':
    'const o = { toJSON() { return Response.json(o) } }; Response.json(o)',
})

const JOBS = attacks('jobs', {
  'thenables without end': 'for (;;) await { then(resolve) { resolve() } }',
  'a stream that is read and written without end': `
    const { readable, writable } = new TransformStream(); const w = writable.getWriter(), r = readable.getReader()
    for (;;) { w.write(1); await r.read() }`,
  'microtasks without end': '(function f() { queueMicrotask(f) })(); await new Promise(() => {})',
})

const ERROR = attacks('error', {
  'a field that ends its line':
    "return new Response('', { headers: { x: 'a\\r\\nset-cookie: b=c' } })",
  'a name that ends its line': "return new Response('', { headers: { 'x: y\\r\\nz': 'a' } })",
  'a NUL in a field': "return new Response('', { headers: { x: 'a\\0b' } })",
  'a lone surrogate in a field': "return new Response('', { headers: { x: '\\ud800' } })",
  'a reason that ends its line': "return new Response('', { statusText: 'OK\\r\\nx: y' })",
  'a status of 1000': "return new Response('', { status: 1000 })",
  'a status of 101': "return new Response('', { status: 101 })",
  'a fraction of a status': "return new Response('', { status: 200.5 })",
  'a body where none may be': "return new Response('x', { status: 204 })",
  'a proxy of an answer': "return new Proxy(new Response('x'), {})",
  'an object like an answer': "return { status: 200, headers: new Headers(), body: 'x' }",
  'an answer by prototype': 'return Object.create(Response.prototype)',
  'a getter then that throws': "return { get then() { throw new Error('mine') } }",
  'timers without end': 'for (;;) setTimeout(() => {}, 1000)',
  'signals that time out without end': 'for (;;) AbortSignal.timeout(1000)',
  'an answer that was used': "const r = new Response('x'); await r.text(); return r",
  'an invalid URL': "new URL('http://')",
  'fetching from where cloud machines keep their secrets':
    "await fetch('http://169.254.169.254/latest/meta-data/')",
  'fetching from the loopback address': "await fetch('http://127.0.0.1:22/')",
  'fetching from it in disguise': "await fetch('http://0x7f.1/')",
  'fetching from it as IPv6': "await fetch('http://[::ffff:127.0.0.1]/')",
  'fetching a file': "await fetch('file:///etc/passwd')",
  'an import': "await import('node:fs')",
  'a secret in an error': 'throw new Error(`the secret is ${env.SECRET}`)',
  'prototypes poisoned, that of promises too': `
    const answer = new Response('x'), all = [Object, Array, String, Number, Function, Promise, Map, Set, RegExp, Error, Uint8Array]
    const spots = all.flatMap((C) => Reflect.ownKeys(C.prototype).map((k) => [C.prototype, k]))
    for (let i = 0; i < spots.length; i++) {
      try { spots[i][0][spots[i][1]] = () => { throw 'poison' } } catch {}
    }
    return answer`,
  'a worker': "new Worker('x')",
  WebAssembly: 'new WebAssembly.Memory({ initial: 1 })',
})

const ANSWERED = attacks('done', {
  'getters of a subclass':
    "return new (class extends Response { get status() { return 999 } get headers() { throw 1 } })('x')",
  'a thenable that becomes an answer': "return { then(resolve) { resolve(new Response('x')) } }",
  'NUL and lone surrogates in a body': "return new Response('\\0\\ud800\\udc00\\udfff')",
  'NUL and line ends in the log':
    "console.log('\\0\\n[error] forged\\r\\n\\x1b[31m\\u2028'); return 'x'",
  'rejections nobody waits for':
    "for (let i = 0; i < 1000; i++) Promise.reject(new Error('x'.repeat(1000))); return 'x'",
  'background work that fails': "ctx.waitUntil(Promise.reject(new Error('x'))); return 'x'",
  'a timer that outlives the answer': "setTimeout(() => { for (;;); }, 3600000); return 'x'",
  'the web API poisoned': `
    for (const C of [Response, Request, Headers, URL, URLSearchParams, Blob, FormData, Event, EventTarget, AbortSignal, ReadableStream])
      for (const k of Reflect.ownKeys(C.prototype)) { try { Object.defineProperty(C.prototype, k, { get() { throw 'poison' }, set() {} }) } catch {} }
    return 'x'`,
  'JSON poisoned': "JSON.parse = JSON.stringify = () => { for (;;); }; return 'x'",
  'a delay that changes while it is read':
    "let n = 0; try { setTimeout(() => {}, { valueOf: () => (n++ === 0 ? 1 : 1e15) }) } catch {} return 'x'",
  'the length of a body that is not its own':
    "return new Response('abc', { headers: { 'content-length': '3000', 'transfer-encoding': 'chunked' } })",
  'fields of the connection':
    "return new Response('abc', { headers: { connection: 'upgrade', upgrade: 'h2c', 'keep-alive': 'timeout=1e9', te: 'x', trailer: 'y' } })",
})

/** Answers that cannot be sent. */
const BROKEN: readonly Attack[] = [
  ...attacks(
    'done',
    {
      'a network error as an answer': 'return Response.error()',
    },
    'script_bad_status',
  ),
  ...attacks(
    'done',
    {
      'too many fields':
        "const h = new Headers(); for (let i = 0; i < 101; i++) h.append('x' + i, ''); return new Response('', { headers: h })",
      'fields that are too long': "return new Response('', { headers: { x: 'y'.repeat(33000) } })",
    },
    'script_headers_limit',
  ),
  ...attacks(
    'done',
    {
      'a body that is too large': "return new Response('x'.repeat(2 << 20))",
    },
    'script_response_body_limit',
  ),
]

/** Those that are about what a request may use in all, not in one turn. */
export const OF_REQUESTS: ReadonlySet<string> = new Set(HOST.map(({ name }) => name))

/** What the web API is enough for, and needed. */
export const WEB_ATTACKS: readonly Attack[] = [
  ...[...CPU, ...HOST, ...ODD, ...MEMORY, ...STACK, ...JOBS],
  ...[...ERROR, ...ANSWERED, ...BROKEN],
]

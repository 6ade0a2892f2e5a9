import { type Attack, attacks } from './attack.ts'

/** Work without end, or with an end far beyond the limit: in the interpreter and in every kind of built-in. */
const CPU = attacks('cpu', {
  'an endless loop': 'for (;;);',
  'a loop that swallows errors': 'for (;;) { try { for (;;); } catch {} }',
  'a loop in finally': '(function f() { try { for (;;); } finally { for (;;); } })()',
  'recursion that catches its end': '(function f() { try { f() } catch { f() } })()',
  'a tree of calls': '(function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) })(60)',
  'a generator without end': 'for (const x of (function* () { for (;;) yield 1 })());',
  'an iterator without end':
    'const [...all] = { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }), length: 0 }; for (;;);',
  'nested quantifiers': "/^(a+)+$/.test('a'.repeat(40) + '!')",
  'a quadratic pattern': "/a*b/.test('a'.repeat(300000))",
  'a pattern of lookaheads': "/(?=((a*)*c))b|(?:(?=(a+)+b)a)*d/.test('a'.repeat(50))",
  'a back reference': "/^(a*)*\\1$/.test('a'.repeat(30) + 'b')",
  'split by a slow pattern': "'a'.repeat(100000).split(/a*?b|c/)",
  'replace by a slow pattern': "'a'.repeat(200000).replace(/a*b/g, '')",
  'a pattern compiled over and over':
    "for (let i = 0; ; i++) new RegExp('[a-z]{1,50}'.repeat(20) + i)",
  'parsing JSON': "const s = '[' + '1,'.repeat(500000) + '1]'; for (;;) JSON.parse(s)",
  'JSON of a shared graph':
    'let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; JSON.stringify(o)',
  'a reviver': "JSON.parse('[' + '1,'.repeat(300000) + '1]', function (k, v) { return v })",
  sorting:
    'const a = Array.from({ length: 300000 }, (_, i) => (i * 7919) % 1000003); for (;;) a.sort()',
  'sorting by a comparator':
    'const a = Array.from({ length: 200000 }, (_, i) => -i); for (;;) a.sort((x, y) => Math.random() - 0.5)',
  'sorting numbers of a typed array':
    'const a = new Float64Array(2000000); for (let i = 0; i < a.length; i++) a[i] = -i; a.sort()',
  'indexOf of an array-like': 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'lastIndexOf of an array-like': 'Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'includes of an array-like': 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)',
  'reverse of an array-like': 'Array.prototype.reverse.call({ length: 2 ** 53 - 1 })',
  'join of an array-like': "Array.prototype.join.call({ length: 2 ** 32 - 1 }, '')",
  'copyWithin of an array-like': 'Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)',
  'fill of an array-like':
    'Array.prototype.fill.call(new Proxy({ length: 2 ** 53 - 1 }, { set: () => true }), 1)',
  'splice of an array-like': 'Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 1)',
  'unshift of an array-like': 'Array.prototype.unshift.call({ length: 2 ** 53 - 10 }, 1)',
  'find in an array-like': 'Array.prototype.find.call({ length: 2 ** 53 - 1 }, () => false)',
  'from an array-like': 'Array.from({ length: 2 ** 31 })',
  'filling a typed array': 'const a = new Uint8Array(8000000); for (;;) a.fill(1)',
  'copying a typed array': 'const a = new Uint8Array(8000000); for (;;) a.copyWithin(1, 0)',
  'setting a typed array': 'const a = new Uint8Array(8000000); for (;;) a.set(a.subarray(1), 0)',
  'comparing strings':
    "const s = 'a'.repeat(4000000), t = 'a'.repeat(3999999) + 'b'; for (;;) s === t",
  'indexOf, n times m': "'a'.repeat(2000000).indexOf('a'.repeat(1000000) + 'b')",
  'indexOf over and over': "const s = 'a'.repeat(1000000); for (;;) s.indexOf('b')",
  'lastIndexOf over and over': "const s = 'a'.repeat(1000000); for (;;) s.lastIndexOf('b')",
  replaceAll: "const s = 'a'.repeat(1000000); for (;;) s.replaceAll('a', 'b')",
  'split to letters': "for (;;) 'a'.repeat(100000).split('')",
  'upper and lower case': "const s = 'ß'.repeat(500000); for (;;) s.toUpperCase()",
  normalize: "'\\u0344'.repeat(2000000).normalize('NFKD')",
  localeCompare: "const s = 'é'.repeat(100000); for (;;) s.localeCompare(s + 'a')",
  'encoding URIs':
    "const s = 'é'.repeat(100000); for (;;) decodeURIComponent(encodeURIComponent(s))",
  escape: "const s = 'é'.repeat(100000); for (;;) unescape(escape(s))",
  'multiplying BigInts': 'const a = 1n << 400000n; for (;;) a * a',
  'a power of BigInts': '3n ** 3000000n',
  'dividing BigInts': 'const a = 1n << 900000n, b = (1n << 450000n) + 1n; for (;;) a / b',
  'BigInt to text': 'for (;;) (1n << 900000n).toString()',
  'text to BigInt': "BigInt('7'.repeat(1000000))",
  'numbers to text': 'for (;;) (Math.random() * 1e300).toString(7)',
  'text to numbers': "const s = '1'.repeat(100000); for (;;) Number(s)",
  dates: "for (;;) new Date('2020-01-01T00:00:00Z').toString()",
  'asking the clock': 'for (;;) Date.now()',
  'a chain of prototypes':
    'let o = {}; for (let i = 0; i < 100000; i++) o = Object.create(o); for (;;) o.missing',
  'keys of a large object':
    'const o = {}; for (let i = 0; i < 20000; i++) o[i] = i; for (;;) Object.keys(o)',
  maps: 'const m = new Map(); for (let i = 0; i < 50000; i++) m.set(i, i); for (;;) m.forEach(() => {})',
  'sets that are compared':
    'const s = new Set(Array.from({ length: 50000 }, (_, i) => i)); for (;;) s.isSubsetOf(s)',
  'a proxy that answers itself': 'const p = new Proxy({}, { get: () => p }); for (;;) p.x.y.z',
  'ownKeys of a proxy':
    'const p = new Proxy({}, { ownKeys: () => Array.from({ length: 10000 }, (_, i) => String(i)) }); for (;;) Object.keys(p)',
  'compiling functions': "for (let i = 0; ; i++) new Function('return ' + i)",
  'compiling a large one': "new Function('return ' + '1+'.repeat(2000000) + '1')",
  'collecting garbage':
    'const a = []; for (;;) { for (let i = 0; i < 1000; i++) { const o = {}; o.o = o; a[i] = o } }',
  'template strings': "for (;;) `${'a'.repeat(100)}${{}}`.length",
  'structured errors': 'for (;;) { try { null.x } catch (e) { e.stack } }',
  'an error whose message never ends':
    'throw { get message() { for (;;); }, toString() { for (;;); } }',
  'a thenable that never ends': 'return { then() { for (;;); } }',
  'sleeping on atomics':
    'for (;;) { try { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9) } catch {} }',
})

/** More than there is, and caught by nobody. */
const MEMORY = attacks('memory', {
  'objects without end': 'const a = []; for (;;) a.push({ x: a.length, y: [a.length] })',
  'typed arrays without end': 'const a = []; for (;;) a.push(new Uint8Array(1000000))',
  'one large buffer': 'new ArrayBuffer(2 ** 30)',
  'a large text': "'x'.repeat(2 ** 28)",
  padStart: "'x'.padStart(2 ** 28, 'ab')",
  'texts that double': "let s = 'x'; for (let i = 0; i < 29; i++) s += s; return s.split('')",
  'an array of letters': "'x'.repeat(20000000).split('')",
  'a map without end': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)',
  'strings without end': "const a = []; for (let i = 0; ; i++) a.push('k'.repeat(200) + i)",
  'closures without end': 'let f = () => 0; for (;;) { const g = f; f = () => g }',
  'BigInts without end': 'const a = []; for (;;) a.push((1n << 200000n) + BigInt(a.length))',
  'an array filled whole': 'new Array(2 ** 26).fill(0)',
  'letters without end': "const a = []; for (;;) a.push('x'.repeat(20000).split(''))",
  'promises that stay': 'const a = []; for (;;) a.push(new Promise(() => {}))',
  'errors with stacks': 'const a = []; for (;;) a.push(new Error("x".repeat(1000)))',
  'symbols without end': "const a = []; for (;;) a.push(Symbol('x'.repeat(1000) + a.length))",
  'properties without end': "const o = {}; for (let i = 0; ; i++) o['key' + i] = i",
})

/** Deeper than there is stack, in the interpreter, in built-ins, and in the parsers. */
const STACK = attacks('stack', {
  recursion: '(function f() { return f() + 1 })()',
  'recursion through getters': 'const o = { get x() { return this.x } }; o.x',
  'recursion through proxies': 'const p = new Proxy({}, { get: (_, k, r) => r[k] }); p.x',
  'recursion through toJSON': '(function f() { return JSON.stringify({ toJSON: f }) })()',
  'recursion through a reviver': "(function f() { return JSON.parse('[1]', f) })()",
  'recursion through sort': '(function f() { [1, 2].sort(f); return 0 })()',
  'recursion through replace': "(function f() { return 'a'.replace(/a/, f) })()",
  'recursion through toPrimitive': 'const o = { [Symbol.toPrimitive]() { return +o } }; +o',
  'recursion through iterators': 'const o = { [Symbol.iterator]() { return [...o] } }; [...o]',
  'recursion through constructors': 'class A { constructor() { new A() } } new A()',
  'recursion through generators': 'function* g() { yield* g() } g().next()',
  'recursion through Reflect': '(function f() { Reflect.construct(f, []) })()',
  'recursion through toString': "const o = { toString() { return '' + o } }; '' + o",
  'recursion through then': 'const o = { get then() { return o.then } }; await o',
  'a chain of proxies': 'let p = {}; for (let i = 0; i < 20000; i++) p = new Proxy(p, {}); p.x',
  'deep arrays flattened': 'let a = []; for (let i = 0; i < 50000; i++) a = [a]; a.flat(Infinity)',
  'deep arrays as text': 'let a = []; for (let i = 0; i < 50000; i++) a = [a]; String(a)',
  'parentheses parsed': "eval('('.repeat(100000))",
  'brackets parsed as JSON': "JSON.parse('['.repeat(100000))",
  'blocks parsed': "eval('{'.repeat(100000))",
})

/** More jobs in one drain than there may be. */
const JOBS = attacks('jobs', {
  'awaiting without end': 'for (;;) await null',
  'promises that make promises':
    'const f = () => Promise.resolve().then(f); f(); await new Promise(() => {})',
  'thenables that make thenables': 'const t = { then(r) { r(t) } }; await t',
  'many at once':
    'for (let i = 0; i < 12000; i++) Promise.resolve().then(() => {}); await new Promise(() => {})',
  'async iteration without end':
    'for await (const x of (async function* () { for (;;) yield 1 })());',
})

/** Errors that are the script's own. */
const ERROR = attacks('error', {
  'an error': "throw new TypeError('mine')",
  'a text that is thrown': "throw 'text'",
  'nothing that is thrown': 'throw undefined',
  'a symbol that is thrown': "throw Symbol('s')",
  'a frozen object that is thrown': 'throw Object.freeze({})',
  'an error of getters that throw':
    'throw { get message() { throw 1 }, get name() { throw 2 }, get stack() { throw 3 } }',
  'a proxy that is thrown':
    "throw new Proxy({}, { get() { throw 'again' }, getPrototypeOf() { throw 'again' } })",
  'a text too long to exist': "'x'.repeat(2 ** 30)",
  'captures without end in a pattern': "new RegExp('('.repeat(50000) + ')'.repeat(50000))",
  'a module that is imported': "await import('node:fs')",
})

/** What changes the world, if it could; the run itself may end well. */
const DONE = attacks('done', {
  'globals poisoned':
    "for (const k of Reflect.ownKeys(globalThis)) { try { globalThis[k] = 'poison' } catch {} } return 'x'",
  'globals deleted':
    "for (const k of Reflect.ownKeys(globalThis)) { try { delete globalThis[k] } catch {} } return 'x'",
  'primordials frozen':
    'Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis); return "x"',
  'Promise.prototype.then replaced':
    "Promise.prototype.then = function () { for (;;); }; return 'x'",
  'species replaced':
    "Object.defineProperty(Array, Symbol.species, { value: class { constructor() { throw 'poison' } } }); return 'x'",
  'a setter on Object.prototype':
    "Object.defineProperty(Object.prototype, '0', { set() { throw 'poison' }, get() { return 'poison' } }); return 'x'",
  'Error.prepareStackTrace':
    "Error.prepareStackTrace = () => { throw 'poison' }; Error.stackTraceLimit = 1e9; return 'x'",
  'live zeros filled': "zeros.fill(7); floats.fill(7); table.set('a', 1); list.push(1); return 'x'",
  'memory filled and let go':
    "try { const a = []; for (;;) a.push(new Uint8Array(1000000).fill(165)) } catch {} return 'x'",
  'the stack used up and caught': "try { (function f() { f() })() } catch {} return 'x'",
  'many objects let go':
    "let l = null; for (let i = 0; i < 50000; i++) l = { n: l }; l = null; return 'x'",
  'weak references and finalizers':
    "const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1000; i++) r.register({}, i); new WeakRef({}); return 'x'",
  'rejections nobody handles':
    "for (let i = 0; i < 100; i++) Promise.reject(new Error('x')); return 'x'",
  'Math.random guessed': "let x = 0; for (let i = 0; i < 1000; i++) x += Math.random(); return 'x'",
})

/** Ends only because nothing is left to wait for. */
const WAITING = attacks(
  'done',
  { 'a promise that never settles': 'await new Promise(() => {})' },
  'script_no_answer',
)

/** What the language alone is enough for. */
export const LANGUAGE_ATTACKS: readonly Attack[] = [
  ...[...CPU, ...MEMORY, ...STACK, ...JOBS],
  ...[...ERROR, ...DONE, ...WAITING],
]

/** Programs of many kinds, each of which says something about all it did. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  arithmetic:
    'let n = 0; for (let i = 1; i < 2000; i++) n += Math.sin(i) * Math.sqrt(i) % 7; return n',
  integers:
    'let n = 1; for (let i = 1; i < 5000; i++) n = (Math.imul(n, 48271) ^ (i << 3)) >>> 0; return n',
  text: "let s = ''; for (let i = 0; i < 500; i++) s += String.fromCodePoint(97 + i * 31 % 20000); return s.normalize('NFD').toUpperCase().length + s.slice(3, 40)",
  ropes:
    "let s = 'é'; for (let i = 0; i < 14; i++) s = s + i + s; return s.length + s.slice(-20) + s.indexOf('13')",
  patterns:
    "return 'key=value; other=12-34; x=ÿ'.replace(/(?<k>\\w+)=(?<v>[^;]*)/gu, '$<v>:$<k>').split(/;\\s*/).join('|')",
  sorting:
    'return Array.from({ length: 300 }, (_, i) => (i * 7919) % 1009).sort((a, b) => a - b).map((n, i) => n ^ i).join()',
  'typed arrays':
    'const a = new Float64Array(500).map((_, i) => Math.cos(i)); a.sort(); const b = new Uint8Array(a.buffer, 8, 99); return b.reduce((x, y) => (x * 31 + y) >>> 0) + a.subarray(7, 20).join()',
  copying:
    'const a = Uint8Array.from({ length: 9000 }, (_, i) => i); a.copyWithin(100, 3, 7000); a.fill(9, 8000); a.set(a.slice(0, 50), 60); return a.reduce((x, y) => (x * 31 + y) >>> 0)',
  JSON: "const d = { list: Array.from({ length: 90 }, (_, i) => ({ i, s: 'n' + i, f: i / 7, n: null, b: i % 2 === 0 })) }; return JSON.stringify(JSON.parse(JSON.stringify(d)), null, 1)",
  maps: 'const m = new Map(); for (let i = 0; i < 900; i++) m.set((i * 13) % 301, i); return [...m].flat().join() + new Set([...m.values()].map((v) => v % 17)).size',
  classes:
    'class A { #x = 1; static n = 0; get x() { return this.#x++ } constructor() { A.n++ } } class B extends A { get x() { return super.x * 2 } } const b = new B(); return [b.x, b.x, A.n, b instanceof A, Object.getOwnPropertyNames(B.prototype)].join()',
  generators:
    'function* g(n) { for (let i = 0; i < n; i++) yield i * i; return 7 } return [...g(50), ...(function* () { yield* g(5) })()].join()',
  destructuring:
    "const { a: { b = 5, ...rest } = {}, ...others } = { a: { c: 1, d: 2 }, e: 3 }; const [x, , ...y] = 'hello'; return JSON.stringify([b, rest, others, x, y])",
  closures:
    'const fs = []; for (let i = 0; i < 50; i++) fs.push((n) => (n > 0 ? fs[(i + 1) % 50](n - 1) + i : i)); return fs[3](200)',
  errors:
    "const seen = []; for (const f of [() => null.x, () => undefinedName, () => new Array(-1), () => 'x'.repeat(-1), () => BigInt(1.5), () => decodeURI('%')]) { try { f() } catch (e) { seen.push(e.name, e.message) } finally { seen.push('f') } } return seen.join()",
  BigInts:
    'let a = 1n, b = 1n; for (let i = 0; i < 400; i++) [a, b] = [b, a + b]; return (a * b).toString(36) + (a / 7n) + (b % 1000007n) + (a ** 3n).toString().length',
  proxies:
    "const log = []; const p = new Proxy({ a: 1 }, { get: (t, k, r) => (log.push('get ' + String(k)), Reflect.get(t, k, r)), has: (t, k) => (log.push('has ' + String(k)), k in t), ownKeys: (t) => (log.push('keys'), Reflect.ownKeys(t)) }); p.a; 'b' in p; Object.keys(p); ({ ...p }); return log.join()",
  dates:
    "const d = new Date(Date.UTC(2024, 1, 29, 12, 34, 56)); d.setMonth(13); return d.toISOString() + d.getDay() + d.toString() + Date.parse('2020-02-30') + new Date(8.64e15).toJSON()",
  numbers:
    'return [0.1 + 0.2, 1e21, 123.456.toFixed(1), (255).toString(2), (1 / 3).toPrecision(17), 5e-324, parseFloat("1e-7x"), Number("0x1f"), (25).toString(36), 1.7976931348623157e308].join()',
  URIs: "return encodeURIComponent('é 一&=/') + decodeURIComponent('%E4%B8%80%2F') + escape('ü') + encodeURI('a b?c=d#é')",
  symbols:
    "const s = Symbol('s'); const o = { [s]: 1, [Symbol.toPrimitive]: (h) => h, *[Symbol.iterator]() { yield s.description } }; return `${o}` + +!!o + [...o] + Object.getOwnPropertySymbols(o).length",
  tagged:
    'const t = (s, ...v) => s.raw.join("|") + v.join(); return t`a${1}\\n${2}c` + `x${[1, 2].map((n) => `${n}`)}`',
  'new functions':
    "const f = new Function('a', 'b', 'return a * b + arguments.length'); return f(6, 7) + (0, eval)('1 + 1') + eval('f(2, 3)')",
  recursion:
    'const ack = (m, n) => (m === 0 ? n + 1 : n === 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1))); return ack(2, 9)',
}

import { expect, test } from 'vitest'
import { evaluate } from './harness.ts'
import { inGuest, same } from './same.ts'

test.each([
  // structuredClone
  'return structuredClone({ a: [1, "x", null, true, { b: undefined }], d: new Date(5) })',
  'const a = { n: 1 }; a.self = a; const b = structuredClone(a); return [b.self === b, b !== a]',
  'const m = structuredClone(new Map([[{ k: 1 }, new Set([1, 2])]])); return [...m].map(([k, v]) => [k, [...v]])',
  'const r = structuredClone(/a(b)?/gi); return [r.source, r.flags, r.lastIndex]',
  'return structuredClone(() => 1)',
  'return structuredClone(Symbol("x"))',
  'return structuredClone({ f() {} })',
  'return structuredClone(new WeakMap())',
  'return structuredClone(Promise.resolve())',
  'const e = structuredClone(new RangeError("no", { cause: { a: 1 } })); return [e instanceof RangeError, e.name, e.message, e.cause]',
  'class X extends Error { name = "X" } const e = structuredClone(new X("m")); return [e.name, e.message, e.constructor === Error]',
  'const u = structuredClone(new Uint16Array([1, 2, 3]).subarray(1)); return [[...u], u.byteOffset, u.buffer.byteLength]',
  'const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength]',
  'const b = new ArrayBuffer(4); const v = new Uint8Array(b); const c = structuredClone({ v, w: v }, { transfer: [b] }); return [v.length, c.v.length, c.v.buffer === c.w.buffer]',
  'const [a, b] = structuredClone([Object(1n).valueOf === 1, Object("s")]); return [a, typeof b, String(b)]',
  'class P { x = 1; get y() { return 2 } } return structuredClone(new P())',
  'const o = Object.defineProperty({}, "y", { get() { return 3 }, enumerable: true }); return structuredClone(o)',
  'const a = [1, , 3]; a.extra = "e"; const c = structuredClone(a); return [c.length, 1 in c, c.extra]',
  'const o = JSON.parse(\'{"__proto__": 1}\'); const c = structuredClone(o); return [Object.keys(c), Object.getPrototypeOf(c) === Object.prototype]',
  'const v = new DataView(new ArrayBuffer(8), 2, 4); const c = structuredClone(v); return [c.byteOffset, c.byteLength]',
  'return structuredClone({ a: 1n, b: NaN, c: -0 }).a === 1n',
  // Event and EventTarget
  'const t = new EventTarget(), seen = []; t.addEventListener("a", (e) => seen.push(e.type, e.target === t, e.currentTarget === t, e.eventPhase)); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(), seen = []; const f = () => seen.push(1); t.addEventListener("a", f); t.addEventListener("a", f); t.dispatchEvent(new Event("a")); t.removeEventListener("a", f); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(), seen = []; t.addEventListener("a", () => seen.push(1), { once: true }); t.dispatchEvent(new Event("a")); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(), seen = []; t.addEventListener("a", (e) => { e.stopImmediatePropagation(); seen.push(1) }); t.addEventListener("a", () => seen.push(2)); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(); t.addEventListener("a", (e) => e.preventDefault()); return [t.dispatchEvent(new Event("a", { cancelable: true })), t.dispatchEvent(new Event("a"))]',
  'const t = new EventTarget(), seen = []; t.addEventListener("a", { handleEvent() { seen.push(this.constructor === Object) } }); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(), seen = [], c = new AbortController(); t.addEventListener("a", () => seen.push(1), { signal: c.signal }); c.abort(); t.dispatchEvent(new Event("a")); return seen',
  'const t = new EventTarget(), e = new Event("a"); let name; t.addEventListener("a", () => { try { t.dispatchEvent(e) } catch (error) { name = error.name ?? error.code } }); t.dispatchEvent(e); return typeof name',
  'return new EventTarget().dispatchEvent({})',
  'const e = new Event("x", { bubbles: true, composed: true }); return [e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.isTrusted, e.target, Event.AT_TARGET]',
  'const e = new CustomEvent("x", { detail: { a: 1 } }); return [e.detail, e instanceof Event, new CustomEvent("y").detail]',
  // AbortController
  'const c = new AbortController(); c.abort(); return [c.signal.aborted, c.signal.reason.name, c.signal.reason instanceof DOMException, c.signal.reason.code]',
  'const c = new AbortController(); c.abort("why"); c.abort("later"); return c.signal.reason',
  'const c = new AbortController(), seen = []; c.signal.onabort = (e) => seen.push(e.type); c.abort(); c.abort(); return seen',
  'new AbortSignal()',
  'try { AbortSignal.abort("x").throwIfAborted() } catch (error) { return error }',
  'const a = new AbortController(), b = new AbortController(), s = AbortSignal.any([a.signal, b.signal]); b.abort("b"); return [s.aborted, s.reason]',
  'return AbortSignal.any([AbortSignal.abort("x")]).reason',
  'const s = AbortSignal.timeout(5); await new Promise((resolve) => s.addEventListener("abort", resolve)); return [s.aborted, s.reason.name]',
  // DOMException
  'const e = new DOMException("m", "NotFoundError"); return [e.name, e.message, e.code, e instanceof Error, String(e), DOMException.NOT_FOUND_ERR, e.DATA_CLONE_ERR, Object.prototype.toString.call(e)]',
  'const e = new DOMException(); return [e.name, e.message, e.code]',
  'const e = new DOMException("m", { name: "X", cause: 1 }); return [e.name, e.code, e.cause]',
  // Blob and File
  'const b = new Blob(["aé", new Uint8Array([66, 67]).subarray(1), new Blob(["d"])], { type: "Text/Plain" }); return [b.size, b.type, await b.text()]',
  'const b = new Blob(["hello"]); return [await b.slice(1, 3).text(), await b.slice(-2).text(), b.slice(3, 1).size, b.slice(0, 99, "A/B").type]',
  'return [...new Uint8Array(await new Blob(["ab"]).arrayBuffer())]',
  'return new Blob("text")',
  'return new Blob(["x"], { type: "\\u0080" }).type',
  'const f = new File(["x"], "n/a.txt", { type: "text/plain", lastModified: 5 }); return [f.name, f.lastModified, f.size, f.type, f instanceof Blob]',
  'const seen = []; for await (const chunk of new Blob(["abc"]).stream()) seen.push(...chunk); return seen',
  'return new Blob([1, null, {}]).text()',
  // queueMicrotask and order
  'const seen = []; queueMicrotask(() => seen.push(2)); Promise.resolve().then(() => seen.push(3)); seen.push(1); await 0; await 0; return seen.sort()',
  'return queueMicrotask("x")',
])('%s', (code) => same(code))

test.each([
  // Where Node 20 is not as the standards have it.
  ['return structuredClone(new Headers())', { thrown: 'DataCloneError' }],
  [
    'const t = new EventTarget(); t.addEventListener("a", (e) => e.preventDefault(), { passive: true }); return t.dispatchEvent(new Event("a", { cancelable: true }))',
    { value: true },
  ],
  [
    'return [typeof performance.now(), performance.timeOrigin > 1e12, navigator.userAgent, self === globalThis]',
    { value: ['number', true, 'gateway', true] },
  ],
])('%s', async (code, expected) => {
  const { message, stack, ...told } = (await inGuest(code)) as Record<string, unknown>
  expect(told).toEqual(expected)
})

// Node 24 forgets which was first.
test('a signal of several has the reason of the first that was aborted', async () => {
  const code = `const a = new AbortController(), b = new AbortController()
    const s = AbortSignal.any([a.signal, b.signal]); b.abort('b'); a.abort('a'); return s.reason`
  expect(await evaluate(code)).toBe('b')
})

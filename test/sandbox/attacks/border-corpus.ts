import { type Attack, attacks } from './attack.ts'

/** What the border of the tests' own bootstrap is needed for: `ask` is the host function itself. */
export const BORDER_ATTACKS: readonly Attack[] = [
  ...attacks('cpu', {
    'host calls without end': 'for (;;) ask(400, 1)',
    'host calls of long texts': "const s = 'é'.repeat(100000); for (;;) ask(400, s)",
    'host calls of many bytes': 'const b = new Uint8Array(1000000); for (;;) ask(400, b)',
    'refused host calls': 'for (;;) { try { ask(400, {}) } catch {} }',
    'an answer whose text never ends': 'return { toString() { for (;;); } }',
    'an answer whose valueOf never ends':
      'return { __proto__: null, [Symbol.toPrimitive]() { for (;;); } }',
  }),
  ...attacks('memory', {
    'bytes from the host': 'const a = []; for (;;) a.push(ask(400, new Uint8Array(500000)))',
  }),
  ...attacks('stack', {
    'host calls deep in the stack': '(function f() { ask(400, 1); f() })()',
  }),
  ...attacks('error', {
    'an answer that is a symbol': "return Object(Symbol('s'))",
    'an answer with a poisoned toString': "return { toString() { throw new Error('mine') } }",
    'an op that is no number': "ask('out', 1)",
    'species of promises replaced':
      "Object.defineProperty(Promise, Symbol.species, { value: 1 }); return 'x'",
  }),
  ...attacks('done', {
    'prototypes poisoned': `
    const all = [Object, Array, String, Number, Function, Promise, Map, Set, RegExp, Error, Uint8Array]
    const spots = all.flatMap((C) => Reflect.ownKeys(C.prototype).map((k) => [C.prototype, k]))
    for (let i = 0; i < spots.length; i++) {
      try { spots[i][0][spots[i][1]] = () => { throw 'poison' } } catch {}
    }
    return 'x'`,
    'functions of the border looked for': `
      const seen = new Set(), open = [globalThis]
      while (open.length) { const o = open.pop(); for (const k of Reflect.ownKeys(o)) { let v; try { v = o[k] } catch {}
        if (v && (typeof v === 'object' || typeof v === 'function') && !seen.has(v)) { seen.add(v); open.push(v) } } }
      for (const v of seen) if (v.name === 'host' || v.name === 'refuse' || v.name === 'settle') return 'found ' + v.name
      return 'x'`,
  }),
]

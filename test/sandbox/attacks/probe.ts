/**
 * A function `probe` that looks at everything an attack might have changed, and says it in one text;
 * with live zeros that an attack may reach.
 */
export const PROBE = `
  const zeros = new Uint8Array(5000), floats = new Float64Array(100), table = new Map(), list = []
  function probe() {
    let sum = 0
    for (const z of zeros) sum += z
    for (const f of floats) sum += f
    const fresh = new Uint8Array(20000)
    for (const f of fresh) sum += f
    const words = ['b', 'a', 'c'].sort().map((w) => w.toUpperCase()).join('')
    const json = JSON.stringify({ a: [1, { b: 'é' }], c: null, d: JSON.parse('{"x":[1,2]}') })
    const own = Reflect.ownKeys(globalThis).length + Reflect.ownKeys(Object.prototype).length
    class A { x = 1; get y() { return this.x + 1 } }
    const match = /(\\d+)-(?<name>[a-z]+)/u.exec('12-ab')
    const deep = (n) => (n === 0 ? 0 : 1 + deep(n - 1))
    return [sum, table.size, list.length, words, json, own, new A().y, match.groups.name, deep(100),
      [...new Set([3, 1, 3])].join(), (10n ** 20n).toString(), new Date(0).toISOString(), 0.1 + 0.2,
      typeof Error.prepareStackTrace, String(Object.getOwnPropertyDescriptor(Object.prototype, '0'))].join('|')
  }`

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inGuest, inNode } from './same.ts'

/**
 * The public tests of the URL Standard, where they are data: a folder of a checkout's
 * `url/resources` and `urlpattern/resources` files. They are not part of this repository.
 */
const FOLDER = process.env.GATEWAY_WPT ?? ''

/**
 * What the library for patterns has otherwise: the end of a host name or port is not looked for, a
 * group's name is ASCII, and sets in brackets are none of its regular expressions.
 */
const PATTERNS_THAT_DIFFER = 22

/** Cases that are sent to a guest together. */
const BATCH = 50

function data(name: string): unknown[] {
  const file = join(FOLDER, name)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown[]) : []
}

/** The cases of which a guest makes something else than is expected, and Node does not. */
async function failing(code: string, cases: readonly unknown[]): Promise<unknown[]> {
  const wrong: unknown[] = []
  let nodesOwn = 0
  const together = `return values.map((values) => { try { ${code} } catch (error) { return 'threw ' + error } })`
  for (let from = 0; from < cases.length; from += BATCH) {
    const batch = cases.slice(from, from + BATCH)
    const [guest, node] = (await Promise.all([
      inGuest(together, batch),
      inNode(together, batch),
    ])) as { value: unknown[] }[]
    batch.forEach((each, i) => {
      const [ours, nodes] = [guest?.value[i], node?.value[i]]
      const isNodes = JSON.stringify(ours) === JSON.stringify(nodes)
      if (isNodes && ours !== 'as expected') nodesOwn++
      else if (ours !== 'as expected') wrong.push({ each, ours, nodes })
    })
  }
  if (nodesOwn > 0)
    console.info(`${nodesOwn} of ${cases.length} are not as expected in Node itself`)
  return wrong
}

const isCase = (each: unknown) => typeof each === 'object'
const SAME = `const told = (found, wanted) => (JSON.stringify(found) === JSON.stringify(wanted) ? 'as expected' : found);`

describe.skipIf(FOLDER === '')('the public tests', () => {
  test('of URLs', async () => {
    const cases = data('urltestdata.json').filter(isCase)
    expect(cases.length).toBeGreaterThan(800)
    const code = `${SAME}
      const { input, base, failure, ...rest } = values
      const pieces = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']
      let url
      try { url = base === null ? new URL(input) : new URL(input, base) } catch { return told('failure', failure ? 'failure' : 'a URL') }
      const wanted = pieces.filter((piece) => piece in rest)
      return failure ? url.href : told(wanted.map((piece) => url[piece]), wanted.map((piece) => rest[piece]))`
    expect(await failing(code, cases)).toEqual([])
  })

  test('of setters', async () => {
    const all = data('setters_tests.json') as unknown as Record<string, object[]>
    const cases = Object.entries(all).flatMap(([piece, each]) => {
      return piece === 'comment' ? [] : each.map((one) => ({ piece, ...one }))
    })
    expect(cases.length).toBeGreaterThan(200)
    const code = `${SAME}
      const { piece, href, new_value, expected } = values
      const url = new URL(href)
      url[piece] = new_value
      return told(Object.keys(expected).map((each) => url[each]), Object.values(expected))`
    expect(await failing(code, cases)).toEqual([])
  })

  test('of host names', async () => {
    const cases = [...data('toascii.json'), ...data('IdnaTestV2.json')].filter(isCase)
    expect(cases.length).toBeGreaterThan(2000)
    const code = `${SAME}
      const { input, output } = values
      let host = null
      try { host = new URL('https://' + input + '/x').host } catch {}
      return told(host, output)`
    expect(await failing(code, cases)).toEqual([])
  })

  test('of patterns', async () => {
    const cases = data('urlpatterntestdata.json').filter(isCase)
    expect(cases.length).toBeGreaterThan(300)
    const wrong: unknown[] = []
    const code = `${SAME}
      const { pattern, inputs = [{}], expected_obj, expected_match } = values
      let made
      try { made = new URLPattern(...pattern) } catch { return told('error', expected_obj) }
      if (expected_obj === 'error') return 'made'
      let found
      try { found = made.exec(...inputs) } catch { return told('error', expected_match) }
      if (expected_match === 'error') return 'matched'
      if (expected_match === undefined || found === null) return told(found, expected_match ?? null)
      const pieces = Object.keys(expected_match).filter((piece) => piece !== 'inputs')
      return told(pieces.map((piece) => found[piece].input), pieces.map((piece) => expected_match[piece].input))`
    for (const each of cases) {
      const { value } = (await inGuest(code, each)) as { value: unknown }
      if (value !== 'as expected') wrong.push({ each, value })
    }
    expect(wrong.slice(PATTERNS_THAT_DIFFER)).toEqual([])
  })
})

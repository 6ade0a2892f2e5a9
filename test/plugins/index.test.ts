import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant } from 'gateway/plugin'
import { type RequestOptions, underTest } from 'gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/index/index.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'index-'))
  mkdirSync(join(root, 'both'))
  mkdirSync(join(root, 'none'))
  mkdirSync(join(root, 'what?'))
  for (const name of ['both/index.html', 'both/index.de.html', 'what?/index.html']) {
    writeFileSync(join(root, name), '')
  }
})
afterAll(() => rmSync(root, { recursive: true }))

/** Where a request ends up; nothing answers there, hence the statuses. */
const find = async (target: string, index?: string, request: RequestOptions = {}) => {
  const directives = index === undefined ? {} : { index }
  const subject = underTest(plugin, { directives, settings: { root: constant(root) } })
  const { x, status, log } = await subject.request({ target, ...request })
  return { uri: x.uri, args: x.args, status, log, warnings: subject.warnings }
}

describe('index', () => {
  it('goes on with index.html', async () => {
    expect(await find('/both/')).toMatchObject({ uri: '/both/index.html', status: 404, log: [] })
  })

  it('goes on with the first that exists', async () => {
    expect((await find('/both/', 'no.html index.$arg_l.html index.html')).uri).toBe(
      '/both/index.html',
    )
    expect((await find('/both/?l=de', 'index.$arg_l.html index.html')).uri).toBe(
      '/both/index.de.html',
    )
  })

  it('keeps the arguments', async () => {
    expect(await find('/both/?a=b')).toMatchObject({ uri: '/both/index.html', args: 'a=b' })
    expect(await find('/what%3F/')).toMatchObject({ uri: '/what?/index.html', args: undefined })
  })

  it('goes to an absolute one without looking', async () => {
    expect((await find('/none/', 'index.html /fallback.html')).uri).toBe('/fallback.html')
  })

  it('leaves a folder without index to others', async () => {
    expect(await find('/none/')).toMatchObject({ uri: '/none/', status: 403, log: [] })
  })

  it('answers a folder that does not exist with 404', async () => {
    const { status, log } = await find('/missing/')
    expect(status).toBe(404)
    expect(log).toEqual([
      `error: "${root}/missing/index.html" is not found (2: No such file or directory)`,
    ])
  })

  it('answers a file that is asked like a folder with 404', async () => {
    const { status, log } = await find('/both/index.html/')
    expect(status).toBe(404)
    // Newer versions of Node tell a missing folder and a file in its place alike.
    expect(log[0]).toMatch(/is not found \((20: Not a|2: No such file or) directory\)/)
  })

  it('minds its own business: other URIs, other methods', async () => {
    expect((await find('/both')).uri).toBe('/both')
    expect((await find('/both/', undefined, { method: 'PUT' })).uri).toBe('/both/')
    expect((await find('/both/', undefined, { method: 'POST' })).uri).toBe('/both/index.html')
  })

  it('never leaves the folder, whatever a variable holds', async () => {
    const { status, uri } = await find('/none/?f=../both/index.html', '$arg_f')
    expect([status, uri]).toEqual([403, '/none/'])
  })

  it('warns of an absolute one before the last', async () => {
    expect((await find('/none/', '/a.html b.html')).warnings).toHaveLength(1)
  })
})

import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { bootstrap, partSource } from '../../../sandbox/guest/build.ts'
import { PARTS, partsOf } from '../../../sandbox/guest/part-names.ts'

/** Names of Node and of browsers that a module would use by mistake when it does not import ours. */
const OURS = [
  'Headers',
  'Request',
  'Response',
  'URL',
  'URLSearchParams',
  'Blob',
  'File',
  'FormData',
  'TextEncoder',
  'TextDecoder',
  'AbortController',
  'AbortSignal',
  'Event',
  'EventTarget',
  'DOMException',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'setTimeout',
  'setInterval',
  'atob',
  'btoa',
  'structuredClone',
  'queueMicrotask',
  'console',
  'crypto',
  'performance',
  'process',
  'Buffer',
  'fetch',
]

test('modules of the guest import what is ours, and never find it on the global object', () => {
  const offences = globSync('sandbox/guest/*.ts')
    .filter((file) => !file.endsWith('build.ts'))
    .flatMap((file) => {
      const { code } = transformSync(readFileSync(file, 'utf8'), { loader: 'ts' })
      const bare = code.replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '')
      return OURS.filter((name) => uses(bare, name) && !declares(code, name)).map(
        (name) => `${file}: ${name}`,
      )
    })
  expect(offences).toEqual([])
})

function uses(code: string, name: string): boolean {
  return new RegExp(`(?:new |instanceof |[=(,:\\s!])${name}\\s*[(.<]`).test(code)
}

function declares(code: string, name: string): boolean {
  return new RegExp(
    `(?:class|function|const|let) _?${name}\\b|import[^;]*\\b${name}\\b|\\b${name}(?:,|:| )[^;]*} = `,
  ).test(code)
}

test.each([
  ['new Response("x")', []],
  ['new Response(other.body)', ['streams']],
  ['x.pipeThrough(y)', ['streams']],
  ['new CompressionStream("gzip")', ['streams']],
  ['new URLPattern()', ['url-pattern']],
  ['crypto.subtle.digest', ['subtle']],
])('%s wants the parts %j', (source, parts) => {
  expect(partsOf(source)).toEqual(parts)
})

test('a bootstrap is the same text each time', async () => {
  expect(await bootstrap(PARTS)).toEqual(await bootstrap(PARTS))
  expect((await bootstrap()).length).toBeLessThan((await bootstrap(PARTS)).length)
  for (const part of PARTS) expect(await partSource(part)).toMatch(/^\(function\(gatewayHost/)
})

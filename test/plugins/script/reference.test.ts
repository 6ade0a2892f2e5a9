import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OPTIONS } from '../../../src/plugins/script/directive.ts'
import { FAILURES } from '../../../src/plugins/script/failure.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/script/settings.ts'

const page = readFileSync('docs/reference/scripts.md', 'utf8')

function rows(title: string): string[][] {
  const part = page.split(/^## /m).find((each) => each.startsWith(title)) ?? ''
  return [...part.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)].map(([, name = '', next = '']) => [
    name,
    next.replaceAll('`', '').trim(),
  ])
}

test('the reference has every option, with its default', () => {
  const found = rows('The directive')
  expect(found.map(([name]) => name).sort()).toEqual(Object.keys(OPTIONS).sort())
  const { cpu, request, wall, concurrency, jobs, scriptSize, compile } = DEFAULT_LIMITS
  expect(Object.fromEntries(found)).toMatchObject({
    cpu: `${cpu}ms`,
    request_cpu: `${request}ms`,
    cpu_share: `${100 * DEFAULT_LIMITS.cpuShare}%`,
    memory: `${DEFAULT_LIMITS.memory / 2 ** 20}m`,
    stack: `${DEFAULT_LIMITS.stack / 2 ** 10}k`,
    wall: `${wall / 1000}s`,
    concurrency: `${concurrency}`,
    jobs: `${jobs}`,
    subrequests: `${DEFAULT_LIMITS.subrequests}`,
    request_body: `${DEFAULT_LIMITS.requestBody / 2 ** 20}m`,
    response_body: `${DEFAULT_LIMITS.responseBody / 2 ** 20}m`,
    headers: `${DEFAULT_LIMITS.headerCount} ${DEFAULT_LIMITS.headerBytes / 1024}k`,
    log: `${DEFAULT_LIMITS.log / 1024}k`,
    script_size: `${scriptSize / 2 ** 20}m`,
    compile: `${compile / 1000}s`,
  })
})

test('the reference has every failure, with its status', () => {
  const statuses = Object.entries(FAILURES).map(([code, { status }]) => [code, `${status}`])
  expect(rows('Failures').sort()).toEqual(statuses.sort())
})

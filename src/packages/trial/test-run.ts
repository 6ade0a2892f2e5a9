import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { LIMITS } from '../limits.ts'
import { type GuardedProcess, reasonsIn, startGuarded, within } from './guarded-process.ts'
import type { TestCase } from './test-data.ts'

/** How often it is looked whether a gateway serves, in milliseconds. */
const LOOK = 10

/** Where test cases are run. */
export interface TestSite {
  /** Of the configuration; what is installed beside it is loaded. */
  readonly folder: string
  readonly program: string
  /** Further directives of the main block. */
  readonly main?: Readonly<Record<string, unknown>>
}

/** What came of a test case. */
export interface CaseResult {
  readonly name: string
  /** A sentence about what is wrong; empty where nothing is. */
  readonly fault: string
}

/**
 * Runs test cases, each with a server of its own on a socket in the site's folder. Cases that share
 * their `http` directives share a gateway.
 */
export async function runCases(
  cases: readonly TestCase[],
  site: TestSite,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = []
  for (const [text, group] of grouped(cases)) {
    results.push(...(await runGroup(group, JSON.parse(text) as object, site)))
  }
  return results
}

/** By what they write for all servers. */
function grouped(cases: readonly TestCase[]): ReadonlyMap<string, readonly TestCase[]> {
  const groups = new Map<string, TestCase[]>()
  for (const each of cases) {
    const { server: _, ...shared } = each.configuration
    const text = JSON.stringify(shared)
    groups.set(text, [...(groups.get(text) ?? []), each])
  }
  return groups
}

function socketOf(folder: string, index: number): string {
  return join(folder, `${index}.sock`)
}

async function runGroup(
  cases: readonly TestCase[],
  shared: object,
  { folder, main: more, program }: TestSite,
): Promise<CaseResult[]> {
  const own = mkdtempSync(join(folder, 'test-'))
  const pid = join(own, 'pid')
  const server = cases.map(({ configuration }, i) => {
    return { listen: `unix:${socketOf(own, i)}`, ...(configuration.server as object) }
  })
  const http = { access_log: 'off', ...shared, server }
  const main = { daemon: 'off', master_process: 'off', pid, error_log: 'stderr error', ...more }
  // What is installed is found beside the configuration.
  const file = join(folder, 'test.yaml')
  writeFileSync(file, JSON.stringify({ ...main, http }))
  using gateway = startGuarded(program, ['-c', file], folder)
  const started = await within(LIMITS.load, serves(gateway, pid))
  if (started !== 'serves') {
    const said = reasonsIn(gateway.stderr(), folder).join('\n')
    const late = `it has not started within ${LIMITS.load / 1000} s`
    const why = said || (started === undefined ? late : 'it does not start')
    const fault = `the configuration is refused: ${why}`
    return cases.map(({ name }) => ({ name, fault }))
  }
  const results: CaseResult[] = []
  for (const [i, each] of cases.entries()) {
    const fault = await within(LIMITS.answer, faultOf(each, socketOf(own, i)))
    results.push({ name: each.name, fault: fault ?? 'is not answered' })
  }
  gateway.child.kill('SIGKILL')
  await gateway.ended
  return results
}

/** The pid file appears when every listener accepts. */
async function serves(gateway: GuardedProcess, pid: string): Promise<'serves' | 'ended'> {
  let over = false
  void gateway.ended.then(() => {
    over = true
  })
  while (!existsSync(pid)) {
    if (over) return 'ended'
    await wait(LOOK)
  }
  return 'serves'
}

/** How an answer differs from what is expected; empty where it does not. */
async function faultOf({ request: asked, answer }: TestCase, socketPath: string): Promise<string> {
  try {
    const response = await ask(asked, socketPath)
    if (response.status !== answer.status) {
      return `is answered ${response.status}, and not ${answer.status}`
    }
    for (const [name, value] of Object.entries(answer.headers)) {
      const found = response.headers[name.toLowerCase()]
      if (found !== value) return `has ${name} "${found ?? ''}", and not "${value}"`
    }
    if (answer.body !== undefined && response.body !== answer.body) {
      return `has the body ${shown(response.body)}, and not ${shown(answer.body)}`
    }
    return ''
  } catch (error) {
    return `is not answered (${(error as Error).message})`
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

function ask(asked: TestCase['request'], socketPath: string): Promise<Answer> {
  const { method, target: path, headers, body } = asked
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers: { Host: 'localhost', ...headers } })
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (text.length > LIMITS.output) reject(new Error('the answer is too large'))
      })
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    sent.end(body)
  })
}

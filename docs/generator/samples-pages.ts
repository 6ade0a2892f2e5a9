import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Phase } from '../../src/kernel/phase/verdict.ts'
import { PHASES } from '../../src/kernel/phase/verdict.ts'
import { SAMPLES, type Sample } from '../samples/sample.ts'
import { GENERATED } from './generated.ts'

/** What each phase is for; checkpoints are the kernel's own. */
const PHASE_TEXTS: Readonly<Record<Phase, string>> = {
  postRead:
    'The head was read; nothing is known of it yet but its server. Once for a request, and not for subrequests: who the client is behind its proxies, what is refused at once.',
  serverRewrite: 'The URI may be changed before its location is found.',
  findConfig: 'A checkpoint of the kernel: the location is found. No handler can stand here.',
  rewrite:
    'The URI may be changed within its location. Say `rerun` where another location may be meant.',
  postRewrite:
    'A checkpoint of the kernel: where a handler has said `rerun`, the location is found again.',
  preaccess: 'What is refused whoever asks: limits of rates, connections, sizes.',
  access:
    'Who may. With `satisfy any` one handler that says `pass` is enough, else all of them have to let the request in.',
  postAccess: 'A checkpoint of the kernel: a request that was refused ends here.',
  precontent: 'What may answer in the place of the content, or send the request elsewhere.',
  content:
    'Who answers. The handler that a directive of the location claims the content for is the only one asked.',
  log: 'The answer is out. Runs for every request, also for those that failed; verdicts mean nothing here.',
}

const VERDICT_TEXTS: Readonly<Record<string, string>> = {
  next: 'No opinion. nginx calls it DECLINED.',
  pass: 'This phase is settled. nginx calls it OK.',
  rerun: 'Find the location again.',
  done: 'I answer, or have answered.',
  status: 'A number: end with this status.',
}

const STAGE_TEXTS: Readonly<Record<string, string>> = {
  receive: 'First, with the response as its handler has made it. `not-modified` stands here.',
  store: 'What is the same for all clients, and could be kept.',
  edit: 'Fields and text for this client.',
  encode: 'How the bytes are written: `gzip` stands here.',
  slice: 'Which of the bytes are sent: byte ranges stand here. Behind it is the client.',
}

/** The pages of phases, verdicts and stages, by file name: each with an example that a test runs. */
export function samplesPages(): readonly (readonly [string, string])[] {
  return [
    ['plugin-phases.md', phasesPage()],
    ['plugin-verdicts.md', page('Verdicts', VERDICTS, 'verdicts', VERDICT_TEXTS)],
    ['plugin-stages.md', page('Stages', STAGES, 'stages', STAGE_TEXTS)],
  ]
}

const PHASES_TEXT = `A request walks through eleven phases, which are nginx's. A plugin puts a handler into one by a member of
that name. What a handler returns is a [verdict](plugin-verdicts.md).`

const VERDICTS = `What a handler says of a request, now or by a promise. Phases are [here](plugin-phases.md).`

const STAGES = `A response passes five stages on its way from the handler to the client. A plugin puts a filter into one by a
member of \`filters\`: it sees the head when that has reached its stage, and returns the sink the body goes to.`

function phasesPage(): string {
  const parts = PHASES.map((phase) => part('phases', phase, PHASE_TEXTS[phase]))
  return whole('Phases', PHASES_TEXT, parts)
}

function page(
  title: string,
  text: string,
  group: string,
  texts: Readonly<Record<string, string>>,
): string {
  return whole(
    title,
    text,
    Object.entries(texts).map(([name, each]) => part(group, name, each)),
  )
}

function whole(title: string, text: string, parts: readonly string[]): string {
  const all = [GENERATED, `# ${title}`, text, RUN, ...parts]
  return `${all.join('\n\n')}\n`
}

const RUN = 'Every example here is a plugin as it stands, and is run by the tests.'

function part(group: string, name: string, text: string): string {
  const sample = SAMPLES[group]?.[name]
  const title = `## \`${name}\`\n\n${text}`
  if (!sample) return title
  const file = join(import.meta.dirname, '..', 'samples', group, `${name}.ts`)
  return `${title}\n\n\`\`\`ts\n${readFileSync(file, 'utf8')}\`\`\`\n\n${story(sample)}`
}

/** What goes in, and what comes out. */
function story(sample: Sample): string {
  const { directives = {}, headers = {}, log, request = {}, response, status, text } = sample
  const { client, headers: sent = {}, method = 'GET', target = '/', version = 11 } = request
  const fields = Object.entries(sent).map(([field, value]) => `${field}: ${value}`)
  const asked = [`${method} ${target} HTTP/${version / 10}`.replace('/1 ', '/1.0 '), ...fields]
  const given = [
    ...Object.entries(directives).map(
      ([name, value]) => `where ${code(`${name}: ${value}`)} is written`,
    ),
    ...(client?.address ? [`from ${code(client.address)}`] : []),
    ...(response ? [`to which the handler answers ${code(answered(response))}`] : []),
  ]
  const comes = [
    code(String(status)),
    ...(text === undefined ? [] : [code(JSON.stringify(text))]),
    ...Object.entries(headers).map(([field, value]) =>
      value === '' ? `no ${code(field)}` : code(`${field}: ${value}`),
    ),
  ]
  const line = log === undefined ? '' : ` The error log has ${code(log)}.`
  const asks = `${asked.map(code).join(', ')}${given.length > 0 ? `, ${given.join(', ')}` : ''}`
  return `Asked ${asks}, it comes to ${comes.join(', ')}.${line}`
}

function answered({ body = '', fields = {}, type }: NonNullable<Sample['response']>): string {
  const all = Object.entries({ ...fields, ...(type ? { 'Content-Type': type } : {}) })
  return [...all.map(([name, value]) => `${name}: ${value}`), JSON.stringify(String(body))].join(
    ', ',
  )
}

function code(text: string): string {
  return `\`${text}\``
}

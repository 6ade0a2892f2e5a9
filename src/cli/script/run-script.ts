import { type Signal, takeSignals } from '../../kernel/process/signals.ts'
import type { Options } from '../options.ts'
import { refuse, show } from '../output.ts'
import { type Answer, questionOf } from './ask.ts'
import { benchScript } from './bench-script.ts'
import { Playground } from './playground.ts'
import { codeFrame, type HookRun, type Report, reportOf } from './report.ts'
import type { ScriptWords } from './script-words.ts'

/** `gateway script`: prints what a script does. Sets the exit code. */
export async function tryScript({ asked: { script } }: Options): Promise<void> {
  if (!script) return
  takeSignals((signal) => {
    if (ENDING.has(signal)) process.exit(1)
  })
  try {
    await (script.action === 'run' ? runScript(script) : benchScript(script))
  } catch (error) {
    refuse(error, 'error')
  }
}

const ENDING: ReadonlySet<Signal> = new Set(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'])

async function runScript(words: ScriptWords): Promise<void> {
  const question = questionOf(words)
  const playground = await Playground.start(words)
  try {
    const answer = await playground.ask('shown', question)
    await playground.finish()
    const report = reportOf(playground.read('log'))
    show(words.form === 'json' ? asJson(answer, report) : asText(answer, report, words.file))
    if (report.failure || answer.isCut) process.exitCode = 1
  } finally {
    await playground.close()
  }
}

function asText(answer: Answer, { failure, logs, runs }: Report, file: string): string {
  const parts = [answerText(answer)]
  if (logs.length > 0) parts.push(logs.map(({ level, text }) => `[${level}] ${text}`).join('\n'))
  if (failure) {
    const { code, text } = failure
    parts.push([text === '' ? code : `${code}: ${text}`, ...codeFrame(file, failure)].join('\n'))
  }
  if (runs.length === 0) parts.push('no hook of the script took part')
  else parts.push(runs.map(runText).join('\n'))
  return parts.join('\n\n')
}

function runText({ hook, fuel, cpu, memory }: HookRun): string {
  return `${hook}: fuel ${fuel}, CPU ${cpu} ms, memory ${memory} bytes`
}

function answerText({ status, reason, headers, body, isCut }: Answer): string {
  const lines = [`HTTP/1.1 ${status} ${reason}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  const text = textOf(body) ?? `(${body.length} bytes that are no text)`
  if (text !== '') lines.push('', text.replace(/\n$/, ''))
  if (isCut) lines.push('', '(cut off here)')
  return lines.join('\n')
}

function asJson({ status, reason, headers, body, isCut }: Answer, report: Report): string {
  const { failure = null, logs, runs } = report
  const text = textOf(body)
  const fields = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : []))
  const shown = text === undefined ? { base64: body.toString('base64') } : { body: text }
  const answer = { status, reason, headers: fields, ...shown, complete: !isCut }
  return JSON.stringify({ answer, logs, failure, runs }, undefined, 2)
}

function textOf(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

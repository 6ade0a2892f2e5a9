import { LIMITS } from '../limits.ts'
import { Checker } from '../manifest/checker.ts'
import { parseFile } from '../manifest/json.ts'
import { fileRefused, type Problem } from '../package-error.ts'

/** One case of a plugin's test data. */
export interface TestCase {
  readonly name: string
  /** The content of the `http` block; `server` is one, without `listen`. */
  readonly configuration: Readonly<Record<string, unknown>>
  readonly request: {
    readonly method: string
    /** As sent: path and query. */
    readonly target: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
  }
  /** What the answer has to be; what is left out may be anything. */
  readonly answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
  }
}

const MEND = 'see docs/guide/plugins.md, "Test data"'
const METHOD = /^[A-Z]{1,20}$/
const TARGET = /^\/[\x21-\x7e]*$/

/** Reads a plugin's test data: JSON, a list of cases. Throws `PackageError` with all problems. */
export function readTestData(text: string, plugin: string, file: string): readonly TestCase[] {
  const problems: Problem[] = []
  const json = parseFile(text, plugin, file, MEND)
  if (!Array.isArray(json) || json.length > LIMITS.testCases) {
    const fault = `is no list of at most ${LIMITS.testCases} cases`
    throw fileRefused(plugin, file, [{ field: '', fault, mend: MEND }])
  }
  const cases = json.map((each, i) => readCase(new Checker(each, `${i}`, problems, MEND)))
  if (problems.length > 0) throw fileRefused(plugin, file, problems)
  return cases
}

function readCase(checker: Checker): TestCase {
  checker.onlyKnown(['name', 'configuration', 'request', 'answer'])
  const configuration = checker.inner('configuration', MEND)
  configuration.inner('server', 'write one server, an object of its directives')
  const request = checker.inner('request', MEND)
  request.onlyKnown(['method', 'target', 'headers', 'body'])
  const answer = checker.inner('answer', MEND)
  answer.onlyKnown(['status', 'headers', 'body'])
  return {
    name: checker.anyText('name'),
    configuration: configuration.plain as TestCase['configuration'],
    request: {
      method: request.has('method') ? request.text('method', METHOD, MEND) : 'GET',
      target: request.text('target', TARGET, 'write a path, "/"'),
      headers: readHeaders(request),
      body: request.has('body') ? request.anyText('body') : undefined,
    },
    answer: {
      status: answer.wholeNumber('status', 'write the status that is expected: 200'),
      headers: readHeaders(answer),
      body: answer.has('body') ? answer.anyText('body') : undefined,
    },
  }
}

function readHeaders(checker: Checker): Readonly<Record<string, string>> {
  if (!checker.has('headers')) return {}
  const headers = checker.inner('headers', MEND)
  return Object.fromEntries(headers.fields.map((name) => [name, headers.anyText(name)]))
}

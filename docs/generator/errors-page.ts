import type { GatewayError } from '../../src/base/errors.ts'
import { SAMPLES } from './error-samples.ts'
import { TEXTS } from './error-texts.ts'
import { GENERATED } from './generated.ts'

const INTRODUCTION = `# Errors

What can go wrong with a request, by the code that \`GatewayError.code\` holds. The message is what the
error log says, followed by the fields of the request; words in capitals stand for values. Blame decides
the level: what a client does wrong is \`info\`, everything else \`error\`. The status is what the client
gets if nothing was sent yet, through \`error_page\` where there is one; a response that has begun is cut.

Errors of a configuration have no codes. They name file, line and column, show the place and give a
hint, and all of them are told at once:

\`\`\`text
gateway: [emerg] /etc/gateway/gateway.yaml:4:7: unknown directive "servr_name"
  4 |       servr_name: example.com
    |       ^
  hint: did you mean "server_name"?
\`\`\`
`

/** The page of all errors. */
export function errorsPage(): string {
  const byCode = new Map<string, GatewayError[]>()
  for (const make of Object.values(SAMPLES)) {
    const error = make()
    byCode.set(error.code, [...(byCode.get(error.code) ?? []), error])
  }
  const sections = [...byCode].map(([code, errors]) => section(code, errors))
  return `${[GENERATED, INTRODUCTION.trimEnd(), ...sections].join('\n\n')}\n`
}

function section(code: string, errors: readonly GatewayError[]): string {
  const [first] = errors
  const text = TEXTS[code]
  if (!first || !text) throw new Error(`error ${code} has no text in docs/generator/error-texts.ts`)
  return [
    `## ${code}`,
    '',
    '```text',
    ...errors.map(({ message }) => `Message:  ${message}`),
    `Status:   ${text.statuses ?? first.status}`,
    `Blame:    ${first.blame} (level ${first.level})`,
    '```',
    '',
    text.meaning,
    '',
    `*What to do:* ${text.remedy}`,
  ].join('\n')
}

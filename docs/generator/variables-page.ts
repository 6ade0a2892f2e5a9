import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { connectionVariables } from '../../src/plugins/variables/connection.ts'
import { fieldFamilies } from '../../src/plugins/variables/fields.ts'
import { proxyProtocolFamilies } from '../../src/plugins/variables/proxy-protocol.ts'
import { requestVariables } from '../../src/plugins/variables/request.ts'
import { responseVariables } from '../../src/plugins/variables/response.ts'
import { upstreamFamilies, upstreamVariables } from '../../src/plugins/variables/upstream.ts'
import { GENERATED } from './generated.ts'

type Docs = Readonly<Record<string, { readonly doc: string }>>

const INTRODUCTION = `# Variables

A variable is written \`$name\` or \`\${name}\` wherever a directive takes a template, and gets its value
when it is asked for. Names are matched in any case. A variable without a value renders as nothing
(\`-\` in an access log). An unknown one is an error of the configuration.

A subrequest tells \`$request\`, \`$request_method\`, \`$request_id\` and what was sent of the client's own
request.
`

const CAPTURES: Docs = {
  '1…$9': {
    doc: 'Groups of the regular expression that matched last: of a location, or of a server name.',
  },
  NAME: {
    doc: 'A named group, `(?<name>…)` or `(?P<name>…)`, of any expression in the configuration.',
  },
}

/** The page of all variables. */
export function variablesPage(plugins: readonly AnyPlugin[]): string {
  return [
    GENERATED,
    INTRODUCTION,
    section('The request', requestVariables),
    section('The connection, the machine and the time', connectionVariables),
    section('The response', responseVariables),
    section('Families', named({ ...fieldFamilies, ...proxyProtocolFamilies })),
    section('Captures', CAPTURES),
    section('Upstreams', { ...upstreamVariables, ...named(upstreamFamilies) }),
    'Where several peers were asked, there is one value for each, with commas between them; a colon\n' +
      'stands where the request went on to another upstream.',
    ...plugins.flatMap(({ name, variables = {}, families = {} }) => {
      if (name === 'variables') return []
      const docs: Docs = { ...variables, ...named(families) }
      return Object.keys(docs).length > 0 ? [section(`Plugin ${name}`, docs)] : []
    }),
  ]
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
    .concat('\n')
}

/** Families by what is written: `http_NAME`. */
function named(families: Docs): Docs {
  return Object.fromEntries(
    Object.entries(families).map(([prefix, each]) => [`${prefix}NAME`, each]),
  )
}

function section(title: string, docs: Docs): string {
  const rows = Object.entries(docs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { doc }]) => `| \`$${name}\` | ${doc.replaceAll('|', '\\|')} |`)
  return [`## ${title}`, '', '| Variable | Value |', '| --- | --- |', ...rows].join('\n')
}

import { ORDERED } from '../../kernel/plugin-record.ts'
import { ISOLATIONS, KEYWORD, NAME, VERSION } from './manifest.ts'
import { RULE } from './order.ts'
import { LISTED, LISTED_TEXT, PLAIN } from './permissions.ts'

type Schema = Readonly<Record<string, unknown>>

const TEXT: Schema = { type: 'string', minLength: 1, maxLength: 1000 }
const TEXTS: Schema = { type: 'array', items: TEXT, maxItems: 200 }
const PATH: Schema = {
  ...TEXT,
  description: 'A file of the package, relative to it.',
  not: { pattern: '^/|\\\\|(^|/)\\.\\.(/|$)' },
}
const RULES: Schema = { type: 'string', pattern: RULE.source }

/** The JSON Schema (draft 2020-12) of a plugin's package.json, for editors. */
export function manifestSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'package.json of a gateway plugin',
    type: 'object',
    required: ['name', 'version', 'keywords', 'engines', 'gateway'],
    properties: {
      name: { type: 'string', pattern: NAME.source },
      version: { type: 'string', pattern: VERSION.source },
      keywords: { ...TEXTS, contains: { const: KEYWORD } },
      engines: {
        type: 'object',
        required: ['gateway'],
        properties: {
          gateway: { ...TEXT, description: 'The range of gateway versions it works with.' },
        },
      },
      gateway: gatewaySchema(),
    },
  }
}

function gatewaySchema(): Schema {
  return {
    type: 'object',
    required: ['apiVersion', 'entry', 'schema'],
    additionalProperties: false,
    properties: {
      apiVersion: {
        type: 'integer',
        minimum: 1,
        description: 'The version of the plugin API it uses.',
      },
      entry: { ...PATH, description: 'The source file that exports the plugin by default.' },
      schema: {
        ...PATH,
        description: 'The description of its directives; "gateway plugin describe" writes it.',
      },
      isolation: {
        enum: [...ISOLATIONS],
        default: 'native',
        description: 'Where it may run: in the gateway itself, in a sandbox, in either.',
      },
      permissions: permissionsSchema(),
      testData: { ...PATH, description: 'Test cases: configuration, request, expected answer.' },
      order: {
        type: 'object',
        additionalProperties: false,
        description: 'Before or after which other plugins it acts, by phase or stage.',
        properties: Object.fromEntries(
          ORDERED.map((point) => [
            point,
            { anyOf: [RULES, { type: 'array', items: RULES, maxItems: 200 }] },
          ]),
        ),
      },
    },
  }
}

function permissionsSchema(): Schema {
  const permitted = { ...TEXTS, items: { ...TEXT, pattern: LISTED_TEXT.source } }
  return {
    type: 'object',
    additionalProperties: false,
    description: 'What it may do besides looking at requests and answering them.',
    properties: Object.fromEntries([
      ...LISTED.map((name) => [name, permitted]),
      ...PLAIN.map((name) => [name, { type: 'boolean' }]),
    ]),
  }
}

/** A plugin's package, to be changed where a test wants it otherwise. */
export interface PackageOptions {
  readonly name?: string
  readonly version?: string
  /** The plugin's own name, and that of its directive, with underscores. */
  readonly plugin?: string
  /** Members of the manifest's `gateway` besides the necessary ones. */
  readonly gateway?: Readonly<Record<string, unknown>>
  /** Members of package.json. */
  readonly manifest?: Readonly<Record<string, unknown>>
  /** What stands at the top of its code. */
  readonly code?: string
  /** More files, or others in the place of these. */
  readonly files?: Readonly<Record<string, string>>
}

/** The files of a plugin that answers `NAME: VALUE`, where its directive has a value. */
export function pluginPackage(options: PackageOptions = {}): Readonly<Record<string, string>> {
  const { version = '1.0.0', plugin = 'hello', gateway = {}, manifest = {}, code = '' } = options
  const { name = plugin } = options
  const word = plugin.replaceAll('-', '_')
  const doc = 'What is answered.'
  return {
    'package.json': JSON.stringify({
      name,
      version,
      keywords: ['gateway-plugin'],
      engines: { gateway: '>=0.1.0' },
      gateway: { apiVersion: 1, entry: 'plugin.ts', schema: 'schema.json', ...gateway },
      ...manifest,
    }),
    'plugin.ts': `import { definePlugin, text } from 'gateway/plugin'
${code}
export default definePlugin({
  name: '${plugin}',
  doc: 'Answers.',
  directives: {
    ${word}: text({ in: ['location'], default: '', doc: '${doc}', claims: 'content' }),
  },
  content: (x, config) => x.respond(200, \`${plugin} ${version}: \${config.${word}}\`),
})
`,
    'schema.json': JSON.stringify({
      plugin,
      doc: 'Answers.',
      directives: {
        [word]: {
          doc,
          scopes: ['location'],
          usage: 'string',
          schema: { type: ['string', 'number', 'boolean'] },
        },
      },
      variables: {},
    }),
    ...options.files,
  }
}

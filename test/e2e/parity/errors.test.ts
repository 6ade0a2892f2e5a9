import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../harness/command.ts'
import { Workspace } from '../../harness/workspace.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'plugins-examples')
const NAMES = ['api-key', 'banner', 'greeting', 'sticky-cookie'] as const

test.each([
  [
    'values',
    `location:
  /a: { api_key: ann short }
  /b: { api_key: [ann s3cret-of-ann, bob short] }
  /c: { api_key: ann }
  /d: { greet: $nothing }
  /e: { greet: a$ }
  /f: { greet: 'a\${b' }
  /g: { banner: [a, b] }`,
    [
      'the key of "ann" is shorter',
      'the key of "bob" is shorter',
      'invalid number of arguments',
      'unknown variable "$nothing"',
      'invalid variable name',
      'closing bracket',
    ],
  ],
  ['answers', 'location: { /: { greet: a, proxy_pass: "http://127.0.0.1:1" } }', ['both make']],
  ['places', 'greet: a', ['greet']],
])('configurations are refused in the same words: %s', async (_, server, texts) => {
  const [native, sandboxed] = [await check('native', server), await check('sandbox', server)]
  expect(sandboxed).toBe(native)
  for (const text of texts) expect(native).toContain(text)
})

test('a configuration that is accepted is explained in the same words', async () => {
  const server = 'location: { /: { api_key: ann s3cret-of-ann, greet: $api_client, banner: x } }'
  const asked = ['explain', 'GET', '/x']
  const native = await check('native', server, asked)
  expect(await check('sandbox', server, asked)).toBe(native)
  expect(native).toContain('access: api-key')
})

/** What the gateway says of a configuration with the example plugins. */
async function check(
  isolation: string,
  server: string,
  command: readonly string[] = ['-t'],
): Promise<string> {
  const workspace = new Workspace('check')
  for (const name of NAMES) {
    workspace.write(`${name}.ts`, readFileSync(join(EXAMPLES, name, 'plugin.ts'), 'utf8'))
  }
  const files = NAMES.map((name) => `./${name}.ts`).join(' ')
  workspace.write(
    'gateway.yaml',
    `plugins: ${files} isolation=${isolation}
http:
  server:
    listen: 127.0.0.1:1
    ${server.replaceAll('\n', '\n    ')}
`,
  )
  const args = [...command, '-c', 'gateway.yaml']
  const { code, stderr, stdout } = await runCommand(args, { cwd: workspace.dir })
  workspace.remove()
  return `${code}\n${stdout}${stderr}`.replaceAll(workspace.dir, '')
}

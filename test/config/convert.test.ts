import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Compiled } from '../../src/config/compile.ts'
import { convertConfig } from '../../src/config/convert/index.ts'
import { compile, readConfig } from '../../src/config/index.ts'
import { printPlan } from '../../src/config/print-plan.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { BUILT_IN_PLUGINS } from '../../src/plugins/index.ts'
import variables from '../../src/plugins/variables/index.ts'
import { asNginx } from './as-nginx.ts'
import { testPlugins } from './plugins.ts'

// The plan of what was converted is the plan of what it was converted from.

const GOLDEN = fileURLToPath(new URL('golden/', import.meta.url))
const builtIn = await Promise.all(BUILT_IN_PLUGINS.map(pluginOf))
const ours: readonly AnyPlugin[] = [variables, ...testPlugins]

describe('an nginx.conf as YAML', () => {
  const folder = `${GOLDEN}nginx-conf/`
  test.each(goodOnes(folder, 'conf'))('%s', (name) => {
    const path = folder + name
    const { compiled, yaml } = convert(path, readFileSync(path, 'utf8'), builtIn)
    const back = compiledFrom(`${folder}gateway.yaml`, yaml, builtIn).compiled
    expect(planOf(back, 'written').sort()).toEqual(planOf(compiled, 'given').sort())
  })

  test('reads well', () => {
    const path = `${folder}whole.conf`
    const { yaml } = convert(path, readFileSync(path, 'utf8'), builtIn)
    expect(yaml).toContain('    - listen: 80\n      server_name: www.example.com ')
    expect(yaml).toContain('        /:\n          try_files: $uri $uri/ /index.html\n')
    expect(yaml).toContain('  types:\n    - text/html: html htm\n')
  })
})

describe('YAML as an nginx.conf, and back', () => {
  const all = [
    ...goodOnes(GOLDEN, 'yaml').map((name) => [GOLDEN, name, ours] as const),
    ...goodOnes(`${GOLDEN}built-in/`, 'yaml').map(
      (name) => [`${GOLDEN}built-in/`, name, builtIn] as const,
    ),
  ]
  test.each(all)('%s%s', (folder, name, plugins) => {
    const before = compiledFrom(folder + name, readFileSync(folder + name, 'utf8'), plugins)
    const twin = convert(`${folder}twin.conf`, asNginx(before.compiled.main), plugins)
    expect(planOf(twin.compiled, 'given')).toEqual(planOf(before.compiled, 'given'))
    const back = compiledFrom(`${folder}back.yaml`, twin.yaml, plugins).compiled
    // What is written besides comes first.
    expect(planOf(back, 'written').sort()).toEqual(planOf(before.compiled, 'given').sort())
  })
})

test('generated configurations', () => {
  const word = fc.string({ maxLength: 12 }).filter((text) => !text.includes('$'))
  const header = word.map((text) => `add_header X-A ${quoted(text)};`)
  const rewrite = fc.constantFrom(
    'set $a 1;',
    'break;',
    'rewrite ^/a /b;',
    'if ($arg_x) { set $b 2; }',
  )
  const other = fc.constantFrom(
    'gzip on;',
    'root "a b";',
    'allow 10.0.0.0/8;',
    'deny all;',
    'allow all;',
    'expires 1d;',
  )
  const line = fc.oneof(header, rewrite, other)
  const lines = fc.uniqueArray(line, { maxLength: 8 })
  const location = fc.tuple(fc.constantFrom('/a', '= /b', '~ "^/c{2}"', '"/d e"', '@f'), lines)
  const server = fc.tuple(
    lines,
    fc.uniqueArray(location, { selector: ([name]) => name, maxLength: 4 }),
  )
  const text = fc.array(server, { minLength: 1, maxLength: 3 }).map((servers) => {
    const blocks = servers.map(([own, locations], i) => {
      const inner = locations.map(([name, each]) => `location ${name} { ${each.join(' ')} }`)
      return `server { listen ${8000 + i}; # ${i}\n ${[...own, ...inner].join('\n')} }`
    })
    return `daemon off; http { types { text/html html; } ${blocks.join('\n')} }`
  })
  fc.assert(
    fc.property(text, (conf) => {
      const { compiled, yaml } = convert('/conf/nginx.conf', conf, builtIn)
      const back = compiledFrom('/conf/gateway.yaml', yaml, builtIn).compiled
      expect(planOf(back, 'given')).toEqual(planOf(compiled, 'given'))
    }),
    { numRuns: 100 },
  )
})

test('comments stay with what they are about', () => {
  const { yaml } = convert(
    '/conf/nginx.conf',
    `# of the file
daemon off;
http { # all of it
    types { text/html html; }
    # the only one
    # server
    server {
        listen 80; # the port
        # by address
        allow 10.0.0.0/8;
        deny all; # all others
        location / { return 204; } # nothing
    }
}
# the end
`,
    builtIn,
  )
  expect(yaml).toBe(`# of the file
daemon: off
# all of it
http:
  types:
    - text/html: html
  # the only one
  # server
  server:
    - listen: 80 # the port
      # by address
      allow: 10.0.0.0/8
      deny: all # all others
      # nothing
      location:
        /:
          return: 204

# the end
`)
})

test('words of a sequence keep their order, as a list where a mapping could not', () => {
  const { yaml } = convert(
    '/conf/nginx.conf',
    'http { server { listen 80; allow 10.0.0.1; deny 10.0.0.0/8; allow all; } }',
    builtIn,
  )
  expect(yaml).toContain(
    '    - - listen: 80\n      - allow: 10.0.0.1\n      - deny: 10.0.0.0/8\n      - allow: all\n',
  )
})

test('what nginx begins with is written', () => {
  const { yaml } = convert('/conf/nginx.conf', 'http { }', builtIn)
  expect(yaml).toBe(
    'daemon: on\nhttp:\n  types:\n    - text/html: html\n      image/gif: gif\n      image/jpeg: jpg\n',
  )
})

function compiledFrom(path: string, text: string, plugins: readonly AnyPlugin[]) {
  const tree = readConfig(path, { prefix: '/prefix', overlay: new Map([[path, text]]) })
  return { tree, compiled: compile(tree, plugins) }
}

function convert(path: string, text: string, plugins: readonly AnyPlugin[]) {
  const { tree, compiled } = compiledFrom(path, text, plugins)
  return { compiled, yaml: convertConfig(tree, plugins) }
}

/** The plan without places; of what was converted without what `convert` has written besides. */
function planOf(compiled: Compiled, what: 'given' | 'written'): string[] {
  const lines = printPlan(compiled, '/x')
    .split('\n')
    .map((line) => line.replace(/ {2}\S+:\d+$/, ''))
    .filter((line) => line !== '' && line !== 'main')
  if (what === 'given') return lines
  const added = /^ *(daemon on|types \{ text\/html html; image\/gif gif; image\/jpeg jpg \})$/
  return lines.filter((line) => !added.test(line))
}

function goodOnes(folder: string, ending: string): string[] {
  const names = readdirSync(folder)
  return names.filter((name) => {
    return name.endsWith(`.${ending}`) && names.includes(name.replace(/\w+$/, 'plan'))
  })
}

function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')
  return `"${escaped}"`
}

async function pluginOf(name: string): Promise<AnyPlugin> {
  return ((await import(`../../src/plugins/${name}/index.ts`)) as { default: AnyPlugin }).default
}

import { expect, test } from 'vitest'
import { configureArguments, WITH, WITHOUT } from '../../src/cli/configure-arguments.ts'
import { Table } from '../../src/config/table.ts'
import { idleDirectives } from '../../src/config/words/idle.ts'
import { NGINX_WORDS } from '../../src/config/words/nginx-words.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { BUILT_IN_PLUGINS } from '../../src/plugins/index.ts'

/** Words of modules that nginx.org tells among those of another. */
const OF_MODULE: Readonly<Record<string, string>> = {
  upstream_hash: 'hash',
  upstream_ip_hash: 'ip_hash',
  upstream_least_conn: 'least_conn',
  upstream_least_time: 'least_time',
  upstream_random: 'random',
  upstream_sticky: 'sticky',
}

test('a module is told to be built in if its directives are there', async () => {
  const table = new Table(await Promise.all(BUILT_IN_PLUGINS.map(pluginOf)))
  const told = configureArguments()
  for (const module of [...Object.keys(WITH), ...Object.keys(WITHOUT)]) {
    const isThere = wordsOf(module).some((word) => table.scopesOf(word).length > 0)
    const asked = `--with-http_${module}_module`
    const left = `--without-http_${module}_module`
    expect(told.includes(asked), asked).toBe(isThere && module in WITH)
    expect(told.includes(left), left).toBe(!isThere && module in WITHOUT)
  }
})

test('what is asked for and what is left out follow from the plugins', () => {
  const told = configureArguments(new Set(['slice', 'map', 'cache']))
  expect(told).toContain('--with-http_slice_module')
  expect(told).not.toContain('--with-http_sub_module')
  expect(told).not.toContain('--without-http_map_module')
  expect(told).toContain('--without-http_geo_module')
  expect(told).not.toContain('--without-http-cache')
})

/** Those that mean something. */
function wordsOf(module: string): string[] {
  const words = NGINX_WORDS[`ngx_http_${module}_module` as keyof typeof NGINX_WORDS] ?? ''
  const all = OF_MODULE[module] ?? words
  return all
    .trim()
    .split(/\s+/)
    .filter((word) => !Object.hasOwn(idleDirectives, word))
}

async function pluginOf(name: string): Promise<AnyPlugin> {
  return ((await import(`../../src/plugins/${name}/index.ts`)) as { default: AnyPlugin }).default
}

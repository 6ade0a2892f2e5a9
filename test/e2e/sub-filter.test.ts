import { beforeAll, describe, expect, test } from 'vitest'
import { besideNginx, type Pair } from '../harness/beside-nginx.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { Workspace } from '../harness/workspace.ts'

/** 300 KB in which a name stands here and there, also where two reads of a file meet. */
const LARGE = Array.from({ length: 30_000 }, (_, i) =>
  i % 7 === 0 ? 'Example.com' : 'something',
).join('\n')

const CASES: readonly (readonly [
  name: string,
  directives: string,
  body: string,
  expected: string,
])[] = [
  ['one, once', 'sub_filter foo bar;', 'foo FOO', 'bar FOO'],
  ['one, wherever it is', 'sub_filter foo bar; sub_filter_once off;', 'fooFOOfofoo', 'barbarfobar'],
  ['several, once each', 'sub_filter a 1; sub_filter b 2;', 'abab', '12ab'],
  [
    'several, the first of two',
    'sub_filter abc 1; sub_filter ab 2; sub_filter_once off;',
    'ababc',
    '21',
  ],
  [
    'several, a longer one behind',
    'sub_filter ab 2; sub_filter abc 1; sub_filter_once off;',
    'ababc',
    '22c',
  ],
  ['the leftmost', 'sub_filter bcd 1; sub_filter abcx 2; sub_filter_once off;', 'abcd', 'a1'],
  ['nothing in its place', 'sub_filter b ""; sub_filter_once off;', 'abbc', 'ac'],
  ['a variable', 'sub_filter $arg_p "[$arg_r]";', 'say Hello', 'say [you]'],
  ['nothing that is put in', 'sub_filter a aa; sub_filter_once off;', 'aba', 'aabaa'],
  ['not where it only begins', 'sub_filter abc x;', 'xab', 'xab'],
]

describe.skipIf(nginxMissing())('sub_filter, as nginx has it', () => {
  let pair: Pair

  beforeAll(async () => {
    const workspace = new Workspace('sub-filter')
    onCleanup(() => workspace.remove())
    for (const [i, [, , body]] of CASES.entries()) workspace.write(`${i}.html`, body)
    workspace.write('large.html', LARGE)
    workspace.write('typed.txt', 'a')
    const types = 'types { text/html html; text/plain txt; }'
    const locations = CASES.map(([, directives], i) => `location = /${i}.html { ${directives} }`)
    pair = await besideNginx(`root ${workspace.dir}; ${types} ${locations.join('\n')}
      location = /large.html { sub_filter example.com example.org; sub_filter thing ""; sub_filter_once off; }
      location = /typed.txt { sub_filter a b; }
      location /all { root ${workspace.dir}/; sub_filter a b; sub_filter_types *; try_files /typed.txt =404; }`)
  })

  test.each(CASES.map(([name, , , expected], i) => [name, i, expected] as const))(
    '%s',
    async (_, i, expected) => {
      const { ours, theirs } = await pair.ask(`/${i}.html?p=hello&r=you`)
      expect([ours.text, theirs.text]).toEqual([expected, expected])
    },
  )

  test('a large file', async () => {
    const { ours, theirs } = await pair.ask('/large.html')
    const expected = LARGE.replaceAll('Example.com', 'example.org').replaceAll('thing', '')
    expect([ours.text === expected, theirs.text === expected]).toEqual([true, true])
  })

  test('the types named', async () => {
    for (const [target, expected] of [
      ['/typed.txt', 'a'],
      ['/all', 'b'],
    ] as const) {
      const { ours, theirs } = await pair.ask(target)
      expect([ours.text, theirs.text]).toEqual([expected, expected])
    }
  })
})

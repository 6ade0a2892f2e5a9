import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Handler, type Handlers, type Rewriting, rewrite } from './rewrite.ts'

const text = async (html: string, rewriting: Rewriting) =>
  (await rewrite(html, rewriting)).toString()
const on = (selector: string, handlers: Handlers) => ({ on: [[selector, handlers] as const] })

/** Whoever asks for everything and changes nothing. */
const OBSERVER: Rewriting = {
  on: [
    ['*', { element: ({ onEnd }) => onEnd(() => {}), text: () => {}, comments: () => {} }],
    ['div > p', { element: ({ attributes }) => void attributes() }],
  ],
  document: { doctype: () => {}, comments: () => {}, text: () => {}, end: () => {} },
}

const PAGE = `<!DOCTYPE html><html lang=de><!-- a -- b --><head><title>a < b &amp; c</title>
<script>if (a<b) "<p>";</script><style>p > a {}</style></head><body class='x  y' data-a="1>2">
<p>Grüße<br>und <b>mehr</b> 😀<P/ ID = 'one'two>text</p></><svg viewBox="0 0 1 1"><path d=""/><title>x</title></svg>
<textarea><p></textarea><a href="?a=1&b=2" href=2>x</a ><!--> <?php x ?> <![CDATA[ x ]]><!x></ x></body></html>`

describe('what is not rewritten', () => {
  test.each([1, 2, 3, 7, 1000])('stays as it is, in pieces of %i bytes', async (chunk) => {
    const page = Buffer.from(PAGE)
    expect((await rewrite(page, { chunk })).toString()).toBe(PAGE)
    expect((await rewrite(page, { ...OBSERVER, chunk })).toString()).toBe(PAGE)
  })

  const markup = fc.constantFrom(
    ...['<', '>', '</', '/>', '<p', '<div ', '</div>', '<svg>', '</svg>', '<script>', '</script>'],
    ...[
      '<!--',
      '-->',
      '<!',
      '<?',
      '<![CDATA[',
      ']]>',
      '<title>',
      '</title>',
      '<plaintext>',
      '<br>',
    ],
    ...[
      'a',
      '=',
      '"',
      "'",
      ' ',
      '\n',
      '\r',
      '\0',
      '&',
      '&amp;',
      'ü',
      '😀',
      '!',
      '-',
      '<!doctype html>',
    ],
  )

  test('stays as it is, whatever it is and however it is cut', async () => {
    const documents = fc
      .array(markup, { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join('')))
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 20 }), async (bytes, chunk) => {
        expect((await rewrite(bytes, { ...OBSERVER, chunk })).equals(bytes)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('stays as it is even if it is no text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await rewrite(Buffer.from(bytes), { ...OBSERVER, chunk: 7 })).equals(bytes)).toBe(
          true,
        )
      }),
      { numRuns: 500 },
    )
  })

  test('is seen in the same way, however it is cut', async () => {
    const documents = fc
      .array(markup, { maxLength: 40 })
      .map((parts) => Buffer.from(parts.join('')))
    const seen = async (bytes: Buffer, chunk: number) => {
      const found: string[] = []
      let run = ''
      await rewrite(bytes, {
        chunk,
        on: [
          [
            '*',
            {
              element: ({ event, attributes }) =>
                void found.push(JSON.stringify([event, attributes()])),
            },
          ],
          ['div p', { element: ({ event }) => void found.push(JSON.stringify(event)) }],
        ],
        document: {
          comments: ({ event }) => void found.push(JSON.stringify(event)),
          text: ({ event }) => {
            if (event.kind !== 'text') return
            run += event.text
            if (event.isLast) found.push(run)
            if (event.isLast) run = ''
          },
        },
      })
      return found
    }
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 5 }), async (bytes, chunk) => {
        expect(await seen(bytes, chunk)).toEqual(await seen(bytes, 1000))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('selectors', () => {
  const HTML = `<main id=m class="a b"><p lang=en-GB data-x="Foo">1</p><div><p class=b>2</p><span>3</span>
    <p>4</p><br><p title>5</p></div><P>6</P></main><p>7</p>`

  test.each([
    ['*', 'main 1 div 2 3 4 br 5 6 7'],
    ['p', '1 2 4 5 6 7'],
    ['P', '1 2 4 5 6 7'],
    ['#m', 'main'],
    ['.b', 'main 2'],
    ['.a.b', 'main'],
    ['main.b', 'main'],
    ['[title]', '5'],
    ['[DATA-X]', '1'],
    ['p[data-x="Foo"]', '1'],
    ['p[data-x="foo"]', ''],
    ['p[data-x="foo" i]', '1'],
    ['[class~=b]', 'main 2'],
    ['[class~="a b"]', ''],
    ['[data-x^=F]', '1'],
    ['[data-x$=o]', '1'],
    ['[data-x*=o]', '1'],
    ['[data-x*=""]', ''],
    ['[lang|=en]', '1'],
    ['main p', '1 2 4 5 6'],
    ['main > p', '1 6'],
    ['main div > p', '2 4 5'],
    ['main > div p', '2 4 5'],
    ['main > p > p', ''],
    ['div > *', '2 3 4 br 5'],
    [':first-child', 'main 1 2'],
    ['p:first-child', '1 2'],
    [':nth-child(2)', 'div 3 7'],
    ['div :nth-child(odd)', '2 4 5'],
    ['div :nth-child(2n)', '3 br'],
    ['div :nth-child(-n+2)', '2 3'],
    ['div p:nth-of-type(2)', '4'],
    ['div > p:nth-of-type(2n+1)', '2 5'],
    [':first-of-type', 'main 1 div 2 3 br 7'],
    ['p:not(.b)', '1 4 5 6 7'],
    ['p:not([title]):not(.b)', '1 4 6 7'],
    [':not(p)', 'main div 3 br'],
    ['#m, span', 'main 3'],
  ])('%s', async (selector, expected) => {
    const found: string[] = []
    let waiting: string | undefined
    await rewrite(HTML, {
      on: [
        [
          selector,
          {
            element: ({ event }) => {
              if (event.kind !== 'element') return
              waiting = ['p', 'span'].includes(event.name) ? '' : undefined
              if (waiting === undefined) found.push(event.name)
            },
          },
        ],
      ],
      document: {
        text: ({ event }) => {
          if (event.kind !== 'text' || waiting === undefined) return
          waiting += event.text
          if (event.isLast) found.push(waiting)
          if (event.isLast) waiting = undefined
        },
      },
    })
    expect(found.join(' ')).toBe(expected)
  })

  test.each([
    ...[
      '',
      ' ',
      '>',
      'p >',
      '> p',
      'p,',
      'p + p',
      'p ~ p',
      'p:hover',
      'p::before',
      ':nth-child(x)',
    ],
    ...[':nth-child()', ':not()', ':not(p a)', ':has(a)', 'p:last-child', '[', '[a', 'a:not(', '#'],
    ...['p '.repeat(17), `#${'x'.repeat(2000)}`, `:not(${'a,'.repeat(20)}a)`, ':not('.repeat(100)],
  ])('%s is refused', async (selector) => {
    await expect(rewrite('', on(selector, { element: () => {} }))).rejects.toMatchObject({
      code: 'html_bad_selector',
    })
  })

  test('call their handlers in the order they were added, each for what it means', async () => {
    const order: string[] = []
    await rewrite('<div><p>x</p></div>', {
      on: [
        ['div', { text: () => void order.push('div text') }],
        ['p', { element: () => void order.push('p 1'), text: () => void order.push('p text') }],
        ['*', { element: () => void order.push('any') }],
        ['div p', { element: () => void order.push('p 2') }],
      ],
    })
    expect(order).toEqual(['any', 'p 1', 'any', 'p 2', 'div text', 'p text', 'div text', 'p text'])
  })
})

describe('an element', () => {
  const P = '<p class="a">x<b>y</b></p>z'
  const changed = (html: string, change: Handler) => text(html, on('p', { element: change }))

  test.each([
    ['before', 'N<p class="a">x<b>y</b></p>z'],
    ['after', '<p class="a">x<b>y</b></p>Nz'],
    ['prepend', '<p class="a">Nx<b>y</b></p>z'],
    ['append', '<p class="a">x<b>y</b>N</p>z'],
    ['replace', 'Nz'],
    ['inner', '<p class="a">N</p>z'],
  ])('takes content: %s', async (place, expected) => {
    expect(await changed(P, ({ insert }) => insert(`${place} html`, 'N'))).toBe(expected)
    const html = await changed(P, ({ insert }) => insert(`${place} text`, '<i>&"ü'))
    expect(html).toBe(expected.replace('N', '&lt;i&gt;&amp;"ü'))
  })

  test('takes it in the order that is documented', async () => {
    const html = await changed('<p>x</p>', ({ insert }) => {
      for (const place of ['before', 'after', 'prepend', 'append']) {
        for (const content of ['1', '2']) insert(`${place} html`, content)
      }
    })
    expect(html).toBe('12<p>21x12</p>21')
  })

  test('is removed, with its content or without, and leaves what was put around it', async () => {
    const around = (remove: string): Handler => {
      return ({ insert, remove: away }) => {
        insert('before html', '[')
        insert('after html', ']')
        away(remove)
      }
    }
    expect(await changed(P, around('all'))).toBe('[]z')
    expect(await changed(P, around('tags'))).toBe('[x<b>y</b>]z')
    expect(await changed('<p>a<p>b</p>c</p>d', around('all'))).toBe('[]d')
  })

  test('has attributes to read and to change; others keep their source', async () => {
    const seen: unknown[] = []
    const html = await changed(
      `<P A='1"' b=ü Ü=1 c a=2 d="&amp;">`,
      ({ attributes, attribute, set, unset, event }) => {
        seen.push(event, attributes(), attribute('A'), attribute('none'), attribute('b'))
        set('B', 'x"<&y')
        set('new', '')
        unset('C')
        unset('none')
      },
    )
    expect(seen).toEqual([
      expect.objectContaining({ name: 'p', isContainer: true, isSelfClosing: false }),
      ['a', '1"', 'b', 'ü', 'Ü', '1', 'c', '', 'd', '&amp;'],
      '1"',
      undefined,
      'ü',
    ])
    expect(html).toBe(`<p A='1"' b="x&quot;<&y" Ü=1 d="&amp;" new="">`)
  })

  test('can get another name, for both tags', async () => {
    expect(await changed(P, ({ rename }) => rename('DIV'))).toBe('<div class="a">x<b>y</b></div>z')
  })

  test.each(['', '1a', 'a b', 'a>', 'a/', 'a\n', 'a\0', 'a'.repeat(300)])(
    'cannot get the name %.10j, nor an attribute like it',
    async (name) => {
      await expect(changed(P, ({ rename }) => rename(name))).rejects.toMatchObject({
        code: 'html_bad_change',
      })
      if (name === '1a') return
      await expect(changed(P, ({ set }) => set(name, ''))).rejects.toMatchObject({
        code: 'html_bad_change',
      })
    },
  )

  test('that is void has nothing inside', async () => {
    const change: Handler = ({ insert, event }) => {
      expect(event).toMatchObject({ isContainer: false })
      for (const place of ['before', 'after', 'prepend', 'append']) insert(`${place} html`, place)
    }
    expect(await text('<br>x', on('br', { element: change }))).toBe('before<br>afterx')
    expect(await text('<img src=a>x', on('img', { element: ({ remove }) => remove() }))).toBe('x')
    expect(
      await text('<br>x', on('br', { element: ({ insert }) => insert('replace html', 'y') })),
    ).toBe('yx')
  })

  test('ends where its end tag is, or that of one around it', async () => {
    const around: Handler = ({ insert }) => {
      insert('append html', '+')
      insert('after html', '!')
    }
    expect(await changed('<p>a<i>b</p>c</i>', around)).toBe('<p>a<i>b+</p>!c</i>')
    expect(await changed('<div><p>a</div>b', around)).toBe('<div><p>a+!</div>b')
    expect(await changed('<p>a', around)).toBe('<p>a+!')
    expect(await changed('<p>a</div></p>', around)).toBe('<p>a</div>+</p>!')
  })

  test('tells of its end tag', async () => {
    const names: string[] = []
    const html = await changed('<p>a<p>b</p></p><p>c', ({ onEnd, event }) => {
      onEnd(({ insert, event: end }) => {
        if (event.kind === 'element' && end.kind === 'end-tag')
          names.push(`${event.serial} ${end.serial} ${end.name}`)
        insert('before html', '(')
        insert('after html', ')')
      })
    })
    expect(html).toBe('<p>a<p>b(</p>)(</p>)<p>c')
    expect(names).toEqual(['2 2 p', '1 1 p'])
    expect(await changed('<p>a</p>', ({ onEnd }) => onEnd(({ remove }) => remove()))).toBe('<p>a')
    expect(await changed('<p>a</p>', ({ onEnd }) => onEnd(({ rewrite }) => rewrite('x')))).toBe(
      '<p>a</x>',
    )
  })

  test('knows its namespace', async () => {
    const found: string[] = []
    await rewrite(
      '<a><svg><a/><foreignObject><a></a></foreignObject><a></a></svg><math><a/></math><a>',
      on('a', {
        element: ({ event }) => {
          if (event.kind === 'element')
            found.push(`${event.namespaceUri.slice(-4)} ${event.isContainer}`)
        },
      }),
    )
    expect(found).toEqual([
      'html true',
      '/svg false',
      'html true',
      '/svg true',
      'thML false',
      'html true',
    ])
  })

  test('can wait for something, and nothing overtakes it', async () => {
    const html = await text('<p>1</p><p>2</p>', {
      chunk: 3,
      ...on('p', {
        element: async ({ set }) => {
          await new Promise((turn) => setImmediate(turn))
          set('seen', '')
        },
      }),
    })
    expect(html).toBe('<p seen="">1</p><p seen="">2</p>')
  })

  test('cannot be changed when it has gone', async () => {
    let late = () => {}
    await changed(P, ({ set }) => {
      late = () => set('a', 'b')
    })
    expect(late).toThrow(/html_bad_change|unknown_handle/)
  })
})

describe('text', () => {
  test('comes in whole characters, and its end is told', async () => {
    const seen: [string, boolean][] = []
    const html = await text('<p>ü😀</p>x', {
      chunk: 1,
      ...on('p', {
        text: ({ event }) => {
          if (event.kind === 'text') seen.push([event.text, event.isLast])
        },
      }),
    })
    expect(html).toBe('<p>ü😀</p>x')
    expect(seen).toEqual([
      ['ü', false],
      ['😀', false],
      ['', true],
    ])
  })

  test('is replaced, removed, and has things put around it', async () => {
    const html = await text('<p>one</p><b>two</b>', {
      on: [
        [
          'p',
          {
            text: ({ event, insert, remove }) => {
              if (event.kind !== 'text') return
              if (event.isLast) insert('after html', '<hr>')
              else if (event.text === 'one') insert('replace text', '<1>')
              else remove()
            },
          },
        ],
        ['b', { text: ({ remove }) => remove() }],
      ],
    })
    expect(html).toBe('<p>&lt;1&gt;<hr></p><b></b>')
  })

  test('inside of scripts and titles is text', async () => {
    const seen: string[] = []
    await rewrite('<script>"<p>"</script><title><p>&amp;</title><p>', {
      on: [['p', { element: () => void seen.push('p') }]],
      document: {
        text: ({ event }) => {
          if (event.kind === 'text' && event.text !== '') seen.push(event.text)
        },
      },
    })
    expect(seen.join('|')).toBe('"<p>"|<p>&amp;|p')
  })
})

describe('comments, the doctype and the end', () => {
  test('are told and changed', async () => {
    const seen: unknown[] = []
    const html = await text('<!doctype html PUBLIC "a" \'b\'><!-- c --><p><!--d--></p>', {
      on: [['p', { comments: ({ rewrite }) => rewrite(' new ü ') }]],
      document: {
        doctype: ({ event }) => void seen.push(event),
        comments: ({ event, insert }) => {
          seen.push(event)
          insert('after html', '!')
        },
        end: ({ insert }) => insert('append html', '<!-- fin -->'),
      },
    })
    expect(html).toBe(
      '<!doctype html PUBLIC "a" \'b\'><!-- c -->!<p><!-- new ü -->!</p><!-- fin -->',
    )
    expect(seen).toEqual([
      { kind: 'doctype', name: 'html', publicId: 'a', systemId: 'b' },
      { kind: 'comment', handlers: [-1], text: ' c ' },
      { kind: 'comment', handlers: [-1, 0], text: 'd' },
    ])
  })

  test.each(['-->', 'a-->b', '--!>', '>', '->', '<!--', 'a-', 'a--!', '<!-'])(
    'a comment cannot become %j',
    async (comment) => {
      const change = on('p', { comments: ({ rewrite }) => rewrite(comment) })
      await expect(rewrite('<p><!--x-->', change)).rejects.toMatchObject({
        code: 'html_bad_change',
      })
    },
  )
})

describe('a hostile document', () => {
  const all = { element: () => {} }

  test.each([
    ['a tag without end', `<p ${'a '.repeat(600_000)}`, 'html_limit'],
    ['a value without end', `<p a="${'x'.repeat(1_100_000)}`, 'html_limit'],
    ['a comment without end', `<!--${'x'.repeat(1_100_000)}`, 'html_limit'],
    ['an end tag without end', `</p ${'x'.repeat(1_100_000)}`, 'html_limit'],
    ['a name without end', `<${'x'.repeat(1_100_000)}`, 'html_limit'],
    [
      'a million attributes',
      `<p ${Array.from({ length: 100_000 }, (_, i) => `a${i}`).join(' ')}>`,
      'html_limit',
    ],
    ['elements in each other', '<b>'.repeat(3000), 'html_limit'],
    [
      'children of many kinds',
      Array.from({ length: 1001 }, (_, i) => `<a${i}></a${i}>`).join(''),
      'html_limit',
    ],
  ])('with %s is refused', async (_, html, code) => {
    const rewriting = { ...on(':first-of-type', all), chunk: 65_536 }
    await expect(rewrite(html, rewriting)).rejects.toMatchObject({ code })
  })

  test.each([
    ['end tags of nothing', '</p>'.repeat(100_000)],
    ['end tags that end much', `${'<b><i>'.repeat(900)}${'</b>'.repeat(900)}`.repeat(10)],
    ['the same attribute over and over', `<p ${'a=1 '.repeat(200_000)}>`],
    ['open brackets', '<'.repeat(500_000)],
    ['pieces of end tags', '<script>'.concat('</scrip'.repeat(100_000))],
    ['many short texts', '<br>x'.repeat(50_000)],
  ])('with %s costs no more than its length', async (_, html) => {
    let spent = 0
    const spend = (microseconds: number) => (spent += microseconds)
    const out = await rewrite(html, { ...on('p > q', all), chunk: 65_536, spend })
    expect(out.toString() === html).toBe(true)
    expect(spent).toBeLessThan(html.length)
  })

  test('pays before more is done', async () => {
    const spend = () => {
      throw new Error('no more')
    }
    await expect(rewrite('<p>', { ...on('p', all), spend })).rejects.toThrow('no more')
  })
})

describe('a hostile script', () => {
  test('has only so many selectors and rewriters', async () => {
    const many = Array.from({ length: 33 }, () => ['p', {}] as const)
    await expect(rewrite('', { on: many })).rejects.toMatchObject({ code: 'html_bad_selector' })
    await expect(rewrite('', { limits: { rewriters: 0 } })).rejects.toMatchObject({
      code: 'html_limit',
    })
  })

  test('inserts only so much that waits', async () => {
    const piece = 'x'.repeat(100_000)
    const change = on('p', { element: ({ insert }) => insert('append html', piece) })
    await expect(rewrite('<p>'.repeat(50), change)).rejects.toMatchObject({ code: 'html_limit' })
    expect(await rewrite('<p></p>'.repeat(50), change)).toHaveLength(50 * 100_007)
  })

  test('sets only so many attributes', async () => {
    const change = on('p', {
      element: ({ set }) => {
        for (let i = 0; i < 1001; i++) set(`a${i}`, '')
      },
    })
    await expect(rewrite('<p>', change)).rejects.toMatchObject({ code: 'html_limit' })
  })
})

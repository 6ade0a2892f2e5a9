import { expect, test } from 'vitest'
import { compileText, errorsIn } from './compile-text.ts'

const events = (text: string) => compileText(`events: ${text}`).plan.events

test('what events holds by default', () => {
  expect(events('{}')).toEqual({
    worker_connections: 512,
    accept_mutex: true,
    accept_mutex_delay: 500,
    multi_accept: false,
    use: 'epoll',
  })
})

test('accepting is set as in nginx', () => {
  const text = '{ use: epoll, accept_mutex: off, accept_mutex_delay: 2s, multi_accept: on }'
  expect(events(text)).toMatchObject({
    accept_mutex: false,
    accept_mutex_delay: 2000,
    multi_accept: true,
  })
})

test.each([
  ['use: kqueue', /"kqueue" is refused: Node polls with epoll on Linux, and only so/],
  ['use: /dev/poll', /"\/dev\/poll" is refused: Node polls with epoll/],
  ['use: telepathy', /invalid event type "telepathy"/],
  ['accept_mutex: maybe', /"maybe" is neither "on" nor "off"/],
  ['accept_mutex_delay: soon', /"soon"/],
])('%s is refused', (text, why) => {
  expect(errorsIn(() => events(`{ ${text} }`)).join('\n')).toMatch(why)
})

test('they stand in events only', () => {
  expect(errorsIn(() => compileText('accept_mutex: on')).join('\n')).toMatch(/accept_mutex/)
})
